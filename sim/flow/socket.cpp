#include "sim/flow/socket.hpp"

#include <algorithm>
#include <utility>

#include "sim/flow/host.hpp"
#include "sim/tcp/clock.hpp"

namespace dwcp::sim::flow {
namespace {

constexpr Bytes syn_size{60};  // IPv4 (20), TCP (20), and the options of a SYN (20)

}  // namespace

Socket::Socket(Host& host, Network& network, Address local, Address remote, Route route, const TcpOptions& options)
    : host_(host),
      network_(network),
      local_(local),
      remote_(remote),
      route_(std::move(route)),
      options_(options),
      sender_(network, *this, route_.there, route_.back, options) {}

void Socket::tell(Bytes size, std::function<void()> arrived) {
  if (!host_.powered()) return;
  network_.message(route_.there, size, [peer = route_.peer, arrived = std::move(arrived)] {
    if (peer->powered()) arrived();
  });
}

// ---- set-up
void Socket::connect() {
  asked_ = true;
  ask();
}

void Socket::ask() {
  if (attempts_ >= options_.connect_retries) return end(SocketEnd::timed_out);
  asked_at_ = sim_now();
  const auto self = shared_from_this();
  tell(syn_size, [self, peer = route_.peer] { peer->asked(self); });
  retry_ = ns3::Simulator::Schedule(to_ns3(options_.connect_timeout * (1 << attempts_++)), &Socket::ask, this);
}

void Socket::asked_by(const std::shared_ptr<Socket>& client) { peer_ = client; }

void Socket::answer() {
  if (established_ || gone_) return;
  if (attempts_ >= options_.connect_retries) return forget();
  asked_at_ = sim_now();
  const auto self = shared_from_this();
  tell(syn_size, [self, peer = peer_] {
    const auto client = peer.lock();
    if (!client || client->gone_) return self->tell_reset_from_peer();
    client->answered(self);
  });
  retry_.Cancel();
  retry_ = ns3::Simulator::Schedule(to_ns3(options_.connect_timeout * (1 << attempts_++)), &Socket::answer, this);
}

// Says so once more when it is told once more.
void Socket::answered(const std::shared_ptr<Socket>& server) {
  const bool first = !std::exchange(established_, true);
  if (first) {
    peer_ = server;
    retry_.Cancel();
    handshake_rtt_ = sim_now() - asked_at_;
    edge();
    sender_.start(handshake_rtt_);
  }
  tell(tcp_header_size, [server] {
    if (!server->gone_) server->establish();
  });
  if (first && owner_) owner_->socket_connected();
}

void Socket::establish() {
  if (std::exchange(established_, true)) return;
  retry_.Cancel();
  handshake_rtt_ = sim_now() - asked_at_;
  edge();
  sender_.start(handshake_rtt_);
  host_.established(shared_from_this());
}

// ---- receiving
bool Socket::reaches_peer() {
  if (!route_.peer->powered()) return false;
  const auto peer = peer_.lock();
  if (!peer || peer->gone_) {
    tell_reset_from_peer();
    return false;
  }
  if (!peer->established_) peer->establish();
  if (peer->orphan_) {  // nobody will read it
    peer->reset();
    return false;
  }
  return !gone_;
}

void Socket::tell_reset_from_peer() {
  network_.message(route_.back, tcp_header_size, [self = weak_from_this()] {
    if (const auto still = self.lock(); still && still->host_.powered()) still->on_reset();
  });
}

void Socket::deliver(ByteVector bytes) {
  if (const auto peer = peer_.lock()) peer->take(std::move(bytes));
}

void Socket::take(ByteVector bytes) {
  if (gone_) return;
  received_total_ += bytes.size();
  received_.push(std::move(bytes));
  if (ended_by_peer()) acknowledge_fin();
  if (owner_) owner_->socket_readable();
}

// The end of what there is room for; whoever asks tells it the peer.
std::uint64_t Socket::edge() {
  const Bytes buffer = options_.receive_buffer.value ? options_.receive_buffer : options_.send_buffer * 2;
  return edge_told_ = std::max(edge_told_, received_total_ - received_.size() + buffer.value);
}

std::uint64_t Socket::peer_edge() {
  const auto peer = peer_.lock();
  return peer ? peer->edge() : 0;
}

// Reading may open the window again: the sender is told when it has at least doubled, as in Linux.
std::size_t Socket::read(std::byte* bytes, std::size_t size) {
  const std::size_t count = received_.copy(bytes, size);
  if (count == 0 || gone_ || fin_at_) return count;
  const std::uint64_t known = edge_told_ - received_total_, before = edge_told_;
  const std::uint64_t room = edge() - received_total_;
  const bool tell_now = room >= 2 * known && room >= known + 2 * (options_.mtu - tcp_header_size).value;
  if (!tell_now) {
    edge_told_ = before;
    return count;
  }
  tell(tcp_header_size, [peer = peer_, at = edge_told_] {
    if (const auto still = peer.lock(); still && !still->gone_) still->sender_.window_opened(at);
  });
  return count;
}

// ---- the end
void Socket::sender_progressed() {
  if (owner_ && established_) owner_->socket_writable();
  if (!gone_ && shut_ && !fin_sent_ && sender_.all_sent()) send_fin();
}

void Socket::shut_down() {
  if (gone_ || std::exchange(shut_, true)) return;
  if (established_ && sender_.all_sent()) send_fin();
}

Duration Socket::retry_after(unsigned attempt) const {
  Duration wait = std::max(handshake_rtt_, sender_.path_sample().rtt_smoothed) + options_.rto_min;
  for (; attempt > 0 && wait < RetransmissionTime::maximum; --attempt) wait *= 2;
  return std::min(wait, RetransmissionTime::maximum);
}

// Again with growing gaps until it is acknowledged, as often as data would be.
void Socket::send_fin() {
  if (gone_ || fin_acknowledged_) return;
  fin_sent_ = true;
  if (fins_ > options_.data_retries) return end(SocketEnd::reset);
  const auto self = shared_from_this();
  tell(tcp_header_size, [self, peer = peer_, at = sender_.next()] {
    const auto there = peer.lock();
    if (!there || there->gone_) return self->tell_reset_from_peer();
    there->on_fin(at);
  });
  retry_ = ns3::Simulator::Schedule(to_ns3(retry_after(fins_++)), &Socket::send_fin, this);
}

void Socket::on_fin(std::uint64_t at) {
  if (!established_) establish();
  const bool known = fin_at_.has_value();
  fin_at_ = at;
  if (!ended_by_peer()) return;
  acknowledge_fin();
  if (!known && owner_) owner_->socket_readable();
}

void Socket::acknowledge_fin() {
  tell(tcp_header_size, [peer = peer_] {
    const auto there = peer.lock();
    if (!there || there->gone_) return;
    there->fin_acknowledged_ = true;
    there->retry_.Cancel();
    there->host_.look_at(there);
  });
  host_.look_at(shared_from_this());
}

void Socket::close() {
  if (gone_) return;
  owner_ = nullptr;
  if (!established_ || (received_.size() > 0 && !shut_)) return reset();
  orphan_ = true;
  shut_down();
}

void Socket::reset() {
  if (gone_) return;
  if (established_ || !asked_)
    tell(tcp_header_size, [peer = peer_] {
      if (const auto there = peer.lock()) there->on_reset();
    });
  forget();
}

void Socket::on_reset() {
  if (gone_) return;
  if (finished()) return forget();
  end(established_ ? SocketEnd::reset : SocketEnd::refused);
}

void Socket::end(SocketEnd how) {
  SocketOwner* const owner = std::exchange(owner_, nullptr);
  const auto self = shared_from_this();
  forget();
  if (owner) owner->socket_ended(how);
}

void Socket::forget() {
  if (std::exchange(gone_, true)) return;
  owner_ = nullptr;
  retry_.Cancel();
  sender_.stop();
  host_.forgotten(*this);
}

platform::PathSample Socket::path_sample() {
  if (!gone_) sender_.catch_up();
  return sender_.path_sample();
}

}  // namespace dwcp::sim::flow
