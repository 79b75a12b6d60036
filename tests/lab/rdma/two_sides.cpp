#include "tests/lab/rdma/two_sides.hpp"

#include <cstdio>
#include <cstdlib>

#include "engine/security/authority.hpp"
#include "tests/lab/rdma/content.hpp"
#include "tests/lab/rdma/pair.hpp"

namespace dwcp::amst::test {
namespace {

constexpr std::uint64_t content_seed = 11;
constexpr std::size_t number_size = 8;  // bytes of a chunk that say its number, before its content

// A node of a cluster whose authority both sides make from one seed: the content is no secret.
Self node(const char* name, platform::WallTime now, bool with_tls) {
  const Identity identity(NodeId(name), "lab");
  if (!with_tls) return Self(identity);
  const security::Entropy entropy = security::seeded_entropy(1, "certificates");
  const security::Validity validity{now - 24h, now + 24h};
  const security::Issued root = security::Authority::create("lab", validity, entropy);
  const security::Authority authority = security::Authority::load(root).value();
  const auto issued = authority.issue(security::PeerName("lab", NodeId(name)), validity, entropy);
  auto loaded = security::Credentials::load({issued.certificate, issued.key, root.certificate}, now);
  return Self(identity, std::make_shared<security::CredentialStore>(std::move(loaded.value())));
}

Slice chunk(std::uint64_t number) {
  ByteVector bytes(chunk_size.value);
  store_le(bytes.data(), number);
  platform::native::fill(MutableByteSpan(bytes).subspan(number_size), number * chunk_size.value, content_seed);
  return Slice::adopt(std::move(bytes));
}

bool is_chunk(ByteSpan bytes, std::uint64_t number) {
  return bytes.size() == chunk_size.value &&
         platform::native::is_filled(bytes.subspan(number_size), number * chunk_size.value, content_seed);
}

}  // namespace

void AmstRdma::run(std::function<Task<void>()> body) {
  const Duration patience = is_short() ? 120s : 400s;  // a test that hangs is cut off by this, and fails
  platform_.run(platform::with_deadline(platform_, patience, "test", body()));
}

// What a failed test left must not fail the next.
void AmstRdma::TearDown() {
  receiving_.reset();
  left_.reset();
  right_.reset();
  acceptor_.reset();
  if (!HasFailure()) return;
  platform::native::tell_pair("rdma on");
  platform::native::tell_pair("up");
}

Task<void> AmstRdma::open(const char* address) {
  config_.streams = streams;
  config_.send_window = config_.receive_window = MiB(8);  // so that what is queued takes no time to speak of
  const platform::WallTime now = platform_.wall_time();
  const std::vector<Endpoint> listen_at(1, Endpoint(asio::ip::make_address(address), 0));
  acceptor_ = std::make_unique<Acceptor>(platform_, listen_at, node("right", now, GetParam()), config_);
  platform::Scope scope(platform_, platform_.control());
  const auto accept = [this]() -> Task<void> { right_ = co_await acceptor_->accept(); };
  scope.spawn(accept());
  left_ = co_await connect(platform_, acceptor_->local(), node("left", now, GetParam()), config_);
  co_await scope.join();
  began_ = platform_.now();
  receiving_ = std::make_unique<platform::Scope>(platform_, platform_.control());
  receiving_->spawn(receive());
}

Task<void> AmstRdma::receive() {
  try {
    for (;;) {
      const Delivery delivery = co_await right_->receive();
      const ByteSpan bytes = delivery.payload.bytes();
      const std::uint64_t number = bytes.size() < number_size ? 0 : load_le<std::uint64_t>(bytes.data());
      if (!is_chunk(bytes, number)) ++damaged_;
      if (!arrived_.insert(number).second) ++repeated_;
      right_->release(delivery.sequence);
    }
  } catch (const Error& error) {
    if (error.code() != Errc::session_closed) throw;
  }
}

Task<void> AmstRdma::send(std::uint64_t count) {
  const std::uint64_t last = sent_ + count;
  return send_while([this, last] { return sent_ < last; });
}

Task<void> AmstRdma::send_while(std::function<bool()> condition) {
  while (condition()) {
    std::vector<Slice> payload(1, chunk(++sent_));
    co_await left_->send({}, std::move(payload));
  }
}

Task<void> AmstRdma::finish() {
  co_await left_->drained();
  const Duration took = platform_.now() - began_;
  stats_ = left_->stats();
  peer_stats_ = right_->stats();
  co_await left_->close();
  co_await receiving_->join();
  left_.reset();
  right_.reset();
  acceptor_.reset();
  EXPECT_EQ(arrived_.size(), sent_);
  EXPECT_EQ(repeated_, 0u);
  EXPECT_EQ(damaged_, 0u);
  const double bytes = static_cast<double>(sent_ * chunk_size.value);
  std::printf("said: %s %.1f MB/s\n", GetParam() ? "TLS" : "plain", bytes / 1e6 / to_seconds(took));
}

Task<void> AmstRdma::break_one(const char* side) {
  const char* const at = std::string_view(side) == "left" ? address_a : address_b;
  const bool broken = co_await platform_.break_one(asio::ip::make_address(at));
  if (!broken) throw Error(Errc::not_found, std::string("no queue pair works at ") + at);
}

Task<void> AmstRdma::tell(std::string words) {
  std::function<platform::WorkList()> job = [words] {
    platform::native::tell_pair(words);
    return platform::WorkList();
  };
  co_await platform_.compute().run("pair", std::move(job));
}

bool AmstRdma::is_short() { return std::getenv("DWCP_LAB_SHORT") != nullptr; }

std::size_t AmstRdma::count_by(Carrier carrier) const {
  const Stats now = left_ ? left_->stats() : stats_;
  return static_cast<std::size_t>(
      std::ranges::count_if(now.streams, [&](const auto& s) { return s.connected && s.carrier == carrier; }));
}

std::size_t AmstRdma::said(const std::string& record, const std::string& peer) const {
  const auto found = said_.find({record, peer});
  return found == said_.end() ? 0 : found->second;
}

void AmstRdma::take(const platform::Record& record) {
  std::string peer;
  for (const platform::Field& field : record.fields) {
    const auto* text = std::get_if<std::string>(&field.value);
    if (text && field.key == "peer") peer = *text;
    if (text && field.key == "reason" && record.name == "amst.rdma_failed") reasons_.push_back(*text);
  }
  ++said_[{std::string(record.name), peer}];
  if (std::getenv("DWCP_LAB_RECORDS") == nullptr) return;
  std::printf("%8.3f %s", to_seconds(record.time.time_since_epoch()), std::string(record.name).c_str());
  for (const platform::Field& field : record.fields)
    if (const auto* text = std::get_if<std::string>(&field.value))
      std::printf(" %s=%s", std::string(field.key).c_str(), text->c_str());
  std::printf("\n");
}

}  // namespace dwcp::amst::test
