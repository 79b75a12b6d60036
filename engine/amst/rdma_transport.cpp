#include "engine/amst/rdma_transport.hpp"

#include <algorithm>
#include <optional>

#include "engine/amst/handshake.hpp"
#include "engine/amst/rdma_ring.hpp"
#include "engine/platform/event.hpp"
#include "engine/platform/scope.hpp"
#include "engine/security/message_cipher.hpp"

namespace dwcp::amst {
namespace {

constexpr const char* dialing_label = "EXPORTER-dwcp-amst-rdma-dialing";
constexpr const char* accepting_label = "EXPORTER-dwcp-amst-rdma-accepting";
constexpr int smoothing = 8;  // a new sample's weight is one part in so many, as of TCP's round trip (RFC 6298)

struct Ring {
  std::uint32_t slots, slot_size;
};

class RdmaTransport final : public Transport, public std::enable_shared_from_this<RdmaTransport> {
 public:
  RdmaTransport(platform::Platform& platform, std::shared_ptr<Transport> tcp,
                std::shared_ptr<platform::QueuePair> queue_pair, security::Side side, Ring ring);
  ~RdmaTransport() override { close(); }

  // Throws what QueuePair::connect throws.
  void connect(ByteSpan peer);
  // Says that the way works for us, and returns when the peer has said it.
  Task<void> probe();
  const platform::QueuePair& queue_pair() const { return *queue_pair_; }

  Executor executor() const override { return tcp_->executor(); }
  Task<std::size_t> read_some(platform::ReadBuffers into) override;
  Task<std::size_t> write_some(platform::WriteBuffers from) override;
  void shutdown_send() override;
  void close() override;
  platform::PathSample path() const override;
  platform::Endpoint local() const override { return tcp_->local(); }
  platform::Endpoint remote() const override { return tcp_->remote(); }
  Carrier carrier() const override { return Carrier::rdma; }
  const security::TlsAgreement* agreement() const override { return tcp_->agreement(); }
  Keying exported(const char* label) const override { return tcp_->exported(label); }

 private:
  static Task<void> watch(std::weak_ptr<RdmaTransport> weak, std::shared_ptr<Transport> tcp);
  void written();
  void arrived(std::uint32_t immediate);
  void fail(Failure reason);
  void post_control(MessageKind kind, std::uint32_t number);
  void post_due();

  std::size_t fill_slots(const platform::WriteBuffers& from);
  std::size_t seal(std::span<const asio::const_buffer> pieces, std::uint32_t immediate, MutableByteSpan out);
  std::size_t take(const platform::ReadBuffers& into);
  std::size_t open_next(MutableByteSpan out);
  std::size_t tag_size() const { return sealer_ ? security::MessageCipher::tag_size : 0; }

  platform::Platform& platform_;
  const std::shared_ptr<Transport> tcp_;
  const std::shared_ptr<platform::QueuePair> queue_pair_;
  const Ring ring_;
  std::optional<security::MessageSealer> sealer_;
  std::optional<security::MessageOpener> opener_;
  SendRing sending_;
  ReceiveRing receiving_;
  std::vector<asio::const_buffer> pieces_;       // of the message that is being made
  ByteVector opened_;                            // a message that its reader had no room for
  std::size_t opened_from_ = 0, opened_to_ = 0;  // of it, what is still to be read
  bool probed_ = false, end_due_ = false, ended_ = false, peer_ended_ = false, closed_ = false;
  Failure failure_;
  Duration rtt_smoothed_{0}, rtt_min_{0};
  BitRate delivery_rate_{0};
  platform::Event may_send_, may_read_;
  platform::Scope scope_;
};

RdmaTransport::RdmaTransport(platform::Platform& platform, std::shared_ptr<Transport> tcp,
                             std::shared_ptr<platform::QueuePair> queue_pair, security::Side side, Ring ring)
    : platform_(platform),
      tcp_(std::move(tcp)),
      queue_pair_(std::move(queue_pair)),
      ring_(ring),
      sending_(ring.slots, RdmaRing::control_max),
      receiving_(ring.slots, ring.slot_size, tcp_->agreement() ? security::MessageCipher::tag_size : 0),
      opened_(ring.slot_size),
      may_send_(platform, tcp_->executor()),
      may_read_(platform, tcp_->executor()),
      scope_(platform, tcp_->executor()) {
  if (!tcp_->agreement()) return;
  const bool dialing = side == security::Side::dialing;
  sealer_.emplace(tcp_->exported(dialing ? dialing_label : accepting_label));
  opener_.emplace(tcp_->exported(dialing ? accepting_label : dialing_label));
}

void RdmaTransport::connect(ByteSpan peer) {
  const std::weak_ptr<RdmaTransport> weak = weak_from_this();
  platform::QueuePair::Events events;
  events.written = [weak] {
    if (const auto self = weak.lock()) self->written();
  };
  events.arrived = [weak](std::uint32_t immediate) {
    if (const auto self = weak.lock()) self->arrived(immediate);
  };
  events.failed = [weak](Failure reason) {
    if (const auto self = weak.lock()) self->fail(std::move(reason));
  };
  queue_pair_->connect(peer, std::move(events));
}

Task<void> RdmaTransport::probe() {
  scope_.spawn(watch(weak_from_this(), tcp_));
  post_control(MessageKind::probe, 0);
  while (!probed_) {
    if (failure_.code) throw Error(failure_);
    co_await may_read_.wait();
  }
}

// Nothing more is said over TCP: what comes there is its end.
Task<void> RdmaTransport::watch(std::weak_ptr<RdmaTransport> weak, std::shared_ptr<Transport> tcp) {
  std::string how = "the peer says something over the TCP connection of a queue pair";
  try {
    std::array<std::byte, 1> byte{};
    const platform::ReadBuffers into(asio::buffer(byte.data(), byte.size()));
    co_await tcp->read_some(into);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    how = std::string("the peer's end of the queue pair's TCP connection: ") + error.what();
  }
  if (const auto self = weak.lock()) self->fail({Errc::unreachable, how});
}

// ---- events of the queue pair

void RdmaTransport::written() {
  const TimePoint now = platform_.now();
  const SendRing::Written one = sending_.written(now);
  if (one.length > Bytes(0) && one.took > Duration(0)) {
    const bool first = rtt_min_ == Duration(0);
    rtt_min_ = first ? one.took : std::min(rtt_min_, one.took);
    rtt_smoothed_ += first ? one.took : (one.took - rtt_smoothed_) / smoothing;
    // What was delivered while this message was on its way (Cheng and others,
    // draft-cheng-iccrg-delivery-rate-estimation).
    const BitRate rate = rate_of(sending_.delivered() - one.delivered_then, one.took);
    delivery_rate_ = first ? rate : delivery_rate_ - delivery_rate_ / smoothing + rate / smoothing;
  }
  post_due();
  may_send_.notify_all();
}

void RdmaTransport::arrived(std::uint32_t immediate) {
  Failure wrong;
  const std::uint32_t number = number_of(immediate);
  const MessageKind kind = kind_of(immediate);
  // Who has ended its own direction still gives back what comes in the other.
  const bool in_turn = (kind != MessageKind::probe) == probed_ && (!peer_ended_ || kind == MessageKind::credits);
  if (!in_turn) {
    wrong = {Errc::protocol_error, "an RDMA message out of its turn"};
  } else if (kind == MessageKind::data) {
    wrong = receiving_.arrived(number);
  } else if (kind == MessageKind::credits) {
    wrong = sending_.given_back(number);
  } else {
    probed_ = probed_ || kind == MessageKind::probe;
    peer_ended_ = kind == MessageKind::end;
  }
  if (wrong.code) return fail(std::move(wrong));
  (kind == MessageKind::credits ? may_send_ : may_read_).notify_all();
}

void RdmaTransport::fail(Failure reason) {
  if (closed_ || failure_.code) return;
  failure_ = std::move(reason);
  may_read_.notify_all();
  may_send_.notify_all();
}

// ---- writing

void RdmaTransport::post_control(MessageKind kind, std::uint32_t number) {
  sending_.posted_control(platform_.now());
  queue_pair_->write(0, 0, 0, immediate_of(kind, number));
}

// Credits and the end, which wait when too many messages of their sort are under way.
void RdmaTransport::post_due() {
  if (closed_ || failure_.code) return;
  if (const std::uint32_t count = receiving_.to_give_back(); count > 0 && sending_.may_post_control()) {
    post_control(MessageKind::credits, count);
    receiving_.gave_back();
  }
  if (end_due_ && !ended_ && sending_.may_post_control()) {
    post_control(MessageKind::end, 0);
    ended_ = true;
  }
}

std::size_t RdmaTransport::seal(std::span<const asio::const_buffer> pieces, std::uint32_t immediate,
                                MutableByteSpan out) {
  if (sealer_) return sealer_->seal(pieces, immediate, out);
  std::size_t at = 0;
  for (const asio::const_buffer& piece : pieces) {
    std::memcpy(out.data() + at, piece.data(), piece.size());
    at += piece.size();
  }
  return at;
}

std::size_t RdmaTransport::fill_slots(const platform::WriteBuffers& from) {
  const std::size_t room = ring_.slot_size - tag_size();
  auto next = from.begin();
  asio::const_buffer rest = *next;
  std::size_t total = 0;
  while (next != from.end()) {
    const auto slot = sending_.data_slot();
    if (!slot) break;
    pieces_.clear();
    std::size_t length = 0;
    while (next != from.end() && length < room) {
      const asio::const_buffer piece = asio::buffer(rest, room - length);
      pieces_.push_back(piece);
      length += piece.size();
      rest += piece.size();
      if (rest.size() == 0 && ++next != from.end()) rest = *next;
    }
    const std::size_t at = std::size_t{*slot} * ring_.slot_size;
    const std::uint32_t immediate = immediate_of(MessageKind::data, static_cast<std::uint32_t>(length + tag_size()));
    const std::size_t size = seal(pieces_, immediate, queue_pair_->own().subspan(at, ring_.slot_size));
    queue_pair_->write(at, size, at, immediate);
    sending_.posted_data(Bytes(size), platform_.now());
    total += length;
  }
  return total;
}

Task<std::size_t> RdmaTransport::write_some(platform::WriteBuffers from) {
  for (;;) {
    if (failure_.code) throw Error(failure_);
    if (closed_) throw boost::system::system_error(asio::error::operation_aborted);
    if (end_due_) throw boost::system::system_error(asio::error::shut_down);
    if (from.empty()) co_return 0;
    if (const std::size_t count = fill_slots(from)) co_return count;
    co_await may_send_.wait();
  }
}

void RdmaTransport::shutdown_send() {
  end_due_ = true;
  post_due();
}

// ---- reading

// Precondition: there is a message, and `out` has room for it.
std::size_t RdmaTransport::open_next(MutableByteSpan out) {
  const ReceiveRing::Message message = receiving_.front();
  const ByteSpan bytes = queue_pair_->exposed().subspan(message.offset, message.length);
  std::size_t count = bytes.size();
  // Copied first: the cipher reads its input twice, to authenticate and to decrypt, and who can write into the slot
  // could change it in between.
  std::memcpy(out.data(), bytes.data(), count);
  if (opener_) count = opener_->open(out.first(count), immediate_of(MessageKind::data, message.length), out);
  receiving_.pop();
  post_due();
  return count;
}

std::size_t RdmaTransport::take(const platform::ReadBuffers& into) {
  if (opened_from_ == opened_to_) {
    if (receiving_.empty()) return 0;
    const asio::mutable_buffer first = *into.begin();
    if (first.size() >= receiving_.front().length)
      return open_next(MutableByteSpan(static_cast<std::byte*>(first.data()), first.size()));
    opened_from_ = 0;
    opened_to_ = open_next(opened_);
  }
  const std::size_t count =
      asio::buffer_copy(into, asio::buffer(opened_.data() + opened_from_, opened_to_ - opened_from_));
  opened_from_ += count;
  return count;
}

// What arrived before a failure or the end is read first.
Task<std::size_t> RdmaTransport::read_some(platform::ReadBuffers into) {
  for (;;) {
    if (closed_) throw boost::system::system_error(asio::error::operation_aborted);
    if (const std::size_t count = take(into)) co_return count;
    if (peer_ended_) throw boost::system::system_error(asio::error::eof);
    if (failure_.code) throw Error(failure_);
    co_await may_read_.wait();
  }
}

void RdmaTransport::close() {
  if (std::exchange(closed_, true)) return;
  scope_.cancel();
  queue_pair_->close();
  tcp_->close();
  may_read_.notify_all();
  may_send_.notify_all();
}

platform::PathSample RdmaTransport::path() const {
  platform::PathSample sample;
  const platform::PathSample tcp = tcp_->path();
  sample.rtt_smoothed = rtt_smoothed_ > Duration(0) ? rtt_smoothed_ : tcp.rtt_smoothed;
  sample.rtt_min = rtt_min_ > Duration(0) ? rtt_min_ : tcp.rtt_min;
  sample.delivery_rate = delivery_rate_;
  sample.congestion_window = Bytes(std::uint64_t{ring_.slots} * ring_.slot_size);
  sample.unacknowledged = sending_.under_way();
  return sample;
}

// ---- agreeing

Task<wire::QueuePairOffer> read_offer(Transport& tcp) {
  const ByteVector whole = co_await read_whole(tcp, wire::parse_queue_pair_prefix);
  auto offer = wire::parse_queue_pair(whole);
  if (offer.has_error()) throw Error(offer.error());
  co_return std::move(*offer);
}

Task<void> write_offer(Transport& tcp, const platform::QueuePair& queue_pair) {
  wire::QueuePairOffer offer;
  offer.slots = RdmaRing::slots;
  offer.slot_size = RdmaRing::slot_size;
  offer.address = queue_pair.address();
  ByteVector bytes = wire::write(offer);
  co_await write_whole(tcp, std::move(bytes));
}

Task<void> refuse(Transport& tcp, Failure reason) {
  ByteVector bytes = wire::write_no_queue_pair(reason);
  co_await write_whole(tcp, std::move(bytes));
  tcp.shutdown_send();
  throw Error(reason);
}

Ring ring_of(const wire::QueuePairOffer& peer) {
  return {std::min(RdmaRing::slots, peer.slots), std::min(RdmaRing::slot_size, peer.slot_size)};
}

}  // namespace

platform::QueuePairOptions queue_pair_options() {
  platform::QueuePairOptions options;
  options.exposed = options.own = Bytes(std::uint64_t{RdmaRing::slots} * RdmaRing::slot_size);
  options.writes_max = options.arrivals_max = RdmaRing::slots + RdmaRing::control_max;
  return options;
}

Task<std::shared_ptr<Transport>> dial_rdma(platform::Platform& platform, std::shared_ptr<Transport> tcp,
                                           std::shared_ptr<platform::QueuePair> queue_pair) {
  co_await write_offer(*tcp, *queue_pair);
  const wire::QueuePairOffer peer = co_await read_offer(*tcp);
  const auto transport =
      std::make_shared<RdmaTransport>(platform, tcp, queue_pair, security::Side::dialing, ring_of(peer));
  transport->connect(peer.address);
  co_await transport->probe();
  co_return transport;
}

Task<std::shared_ptr<Transport>> accept_rdma(platform::Platform& platform, std::shared_ptr<Transport> tcp) {
  const wire::QueuePairOffer peer = co_await read_offer(*tcp);
  const auto at = tcp->local().address;
  std::shared_ptr<RdmaTransport> transport;
  Failure failed{Errc::not_found, "no RDMA device has the address " + at.to_string()};
  try {
    if (auto queue_pair = platform.queue_pair(at, queue_pair_options(), tcp->executor())) {
      transport = std::make_shared<RdmaTransport>(platform, tcp, queue_pair, security::Side::accepting, ring_of(peer));
      transport->connect(peer.address);
      failed = {};
    }
  } catch (const Error& error) {
    failed = {error.code(), error.detail()};
  }
  if (failed.code) co_await refuse(*tcp, failed);
  co_await write_offer(*tcp, transport->queue_pair());
  co_await transport->probe();
  co_return transport;
}

}  // namespace dwcp::amst
