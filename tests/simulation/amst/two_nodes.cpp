#include "tests/simulation/amst/two_nodes.hpp"

namespace dwcp::amst::test {

namespace {

constexpr platform::WallTime day_before = sim::first_day - std::chrono::hours(24);
constexpr security::Validity for_years = {day_before, day_before + std::chrono::hours(24 * 3650)};

sim::HostOptions host_options(bool rdma, bool bbr = true) {
  sim::HostOptions options;
  options.bbr = bbr;
  options.rdma = rdma;
  return options;
}

}  // namespace

TestCluster::TestCluster(std::uint64_t seed)
    : entropy_(security::seeded_entropy(seed, "certificates")),
      root_(security::Authority::create("test", for_years, entropy_)),
      authority_(security::Authority::load(root_).value()) {}

std::shared_ptr<security::CredentialStore> TestCluster::node(const std::string& name, const std::string& cluster,
                                                             Duration valid_for) const {
  const security::Validity validity{day_before, day_before + std::chrono::floor<std::chrono::seconds>(valid_for)};
  const auto issued = authority_.issue(security::PeerName(cluster, NodeId(name)), validity, entropy_);
  auto loaded = security::Credentials::load({issued.certificate, issued.key, root_.certificate}, day_before);
  return std::make_shared<security::CredentialStore>(std::move(loaded.value()));
}

TwoNodes::TwoNodes(Stage stage)
    : world({.seed = stage.seed}),
      left_host(world.add_host("left-host", host_options(stage.left_rdma, stage.left_bbr))),
      right_host(world.add_host("right-host", host_options(stage.right_rdma))),
      stage_(std::move(stage)) {
  for (const auto& wire : stage_.links) links.push_back(&world.add_link(left_host, right_host, wire));
  world.set_record_sink([this](const platform::Record& r) {
    events.push_back({r.time, r.process, std::string(r.name)});
  });
}

void TwoNodes::start() {
  right_program = &world.start(right_host, "right", [this](Platform& p) -> Task<void> {
    const std::vector<Endpoint> listen_at(1, Endpoint{asio::ip::address_v4::any(), port});
    const Self self(Identity(NodeId("right"), "test"), stage_.right);
    Acceptor acceptor(p, listen_at, self, stage_.accepting);
    right_session = co_await acceptor.accept();
    co_await right_body_(p, right_session);
    right_session.reset();
  });
  left_program = &world.start(left_host, "left", [this](Platform& p) -> Task<void> {
    std::vector<Endpoint> paths;
    for (const sim::Link* link : links) paths.push_back(world.endpoint(right_host, *link, port));
    const Self self(Identity(NodeId("left"), "test"), stage_.left);
    left_session = co_await connect(p, paths, self, stage_.dialing);
    co_await left_body_(p, left_session);
    left_session.reset();
  });
}

void TwoNodes::finish(Duration limit) {
  if (!left_program) start();
  const auto outcome =
      world.run_until([&] { return left_program->finished() && right_program->finished(); }, world.now() + limit);
  EXPECT_NO_THROW(left_program->rethrow_failure());
  EXPECT_NO_THROW(right_program->rethrow_failure());
  EXPECT_EQ(outcome, sim::Outcome::reached) << sim::to_string(outcome);
}

std::size_t TwoNodes::count(std::string_view record, std::string_view process) const {
  return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [&](const Event& e) {
    return e.name == record && (process.empty() || e.process == process);
  }));
}

std::optional<TimePoint> TwoNodes::first(std::string_view record, std::string_view process) const {
  for (const Event& e : events)
    if (e.name == record && (process.empty() || e.process == process)) return e.time;
  return std::nullopt;
}

std::vector<Slice> numbered(std::uint64_t number, Bytes size) {
  ByteVector head(8);
  store_le(head.data(), number);
  static const Slice body = Slice::adopt(ByteVector(Limits::chunk_max.value, std::byte{0x5a}));
  return {Slice::adopt(std::move(head)), body.sub(0, size.value - 8)};
}

std::uint64_t number_of(const Delivery& delivery) {
  const ByteSpan bytes = delivery.payload.bytes();
  if (bytes.size() < 8) return 0;
  for (const std::byte b : bytes.subspan(8))
    if (b != std::byte{0x5a}) return 0;
  return load_le<std::uint64_t>(bytes.data());
}

TwoNodes::Body source(std::uint64_t count, Bytes size) {
  return [count, size](Platform&, std::shared_ptr<Session> session) -> Task<void> {
    for (std::uint64_t i = 1; i <= count; ++i) {
      std::vector<Slice> chunk = numbered(i, size);
      co_await session->send({}, std::move(chunk));
    }
    co_await session->drained();
    co_await session->close();
  };
}

TwoNodes::Body Sink::body() {
  return [this](Platform& platform, std::shared_ptr<Session> session) -> Task<void> {
    try {
      for (;;) {
        const Delivery delivery = co_await session->receive();
        const std::uint64_t number = number_of(delivery);
        if (number == 0) ++damaged;
        if (!seen.insert(number).second) ++repeated;
        bytes += Bytes(delivery.payload.size());
        arrivals[platform.now()] = bytes;
        session->release(delivery.sequence);
      }
    } catch (const Error& error) {
      if (error.code() != Errc::session_closed) throw;
    }
  };
}

double Sink::rate(TimePoint from, TimePoint to) const {
  const auto at = [&](TimePoint t) {
    const auto it = arrivals.upper_bound(t);
    return it == arrivals.begin() ? 0.0 : static_cast<double>(std::prev(it)->second.value);
  };
  return (at(to) - at(from)) * 8 / to_seconds(to - from);
}

}  // namespace dwcp::amst::test
