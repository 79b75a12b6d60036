#include "sim/stream.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>

#include "sim/addresses.hpp"
#include "sim/cancel.hpp"
#include "sim/tcp_access.hpp"

namespace dwcp::sim {
namespace {

using SocketCallback = ns3::Callback<void, ns3::Ptr<ns3::Socket>>;

void finish(platform::Handler& handler, ErrorCode error, std::size_t count = 0) {
  if (handler) std::exchange(handler, {}).complete(error, count);
}

}  // namespace

Stream::Stream(Context& context, Executor executor, ns3::Ptr<ns3::Socket> socket, const TcpOptions& options)
    : Operation(context),
      executor_(std::move(executor)),
      socket_(std::move(socket)),
      segment_(options.mtu - tcp_header_size),
      by_path_(options.by_path),
      bbr_offered_(options.bbr),
      seed_(options.seed) {
  listen_to_socket();
  ns3::Address address;
  const bool accepted = socket_->GetPeerName(address) == 0;
  if (accepted) remote_ = to_endpoint(address);
  if (socket_->GetSockName(address) == 0) local_ = to_endpoint(address);
  if (accepted) choose_congestion();
}

Stream::~Stream() { close(); }

void Stream::listen_to_socket() {
  socket_->SetRecvCallback(SocketCallback([this](ns3::Ptr<ns3::Socket>) { try_read(); }));
  socket_->SetSendCallback(
      ns3::Callback<void, ns3::Ptr<ns3::Socket>, uint32_t>([this](ns3::Ptr<ns3::Socket>, uint32_t) { try_write(); }));
  socket_->SetCloseCallbacks(SocketCallback([this](ns3::Ptr<ns3::Socket>) { peer_closed(); }),
                             SocketCallback([this](ns3::Ptr<ns3::Socket>) { fail(asio::error::connection_reset); }));
  socket_->TraceConnectWithoutContext("State", ns3::MakeCallback(&Stream::state_changed, this));
}

// ns-3 reports FIN and RST alike; the state tells which it was.
void Stream::peer_closed() {
  if (!peer_has_finished(*socket_))
    return fail(connect_ ? asio::error::connection_refused : asio::error::connection_reset);
  end_of_stream_ = true;
  try_read();
}

// An RST after the peer's FIN is reported by nothing else.
void Stream::state_changed(ns3::TcpSocket::TcpStates_t, ns3::TcpSocket::TcpStates_t to) {
  const bool both_finished = end_of_stream_ && shut_down_;
  if (to == ns3::TcpSocket::CLOSED && !connect_ && !both_finished) fail(asio::error::connection_reset);
}

// No callback from here on.
void Stream::let_go() {
  remove_callbacks(*socket_);
  socket_->TraceDisconnectWithoutContext("State", ns3::MakeCallback(&Stream::state_changed, this));
}

void Stream::connect(const ns3::InetSocketAddress& to, platform::Handler handler) {
  if (context_.dead()) return handler.drop();
  connect_ = std::move(handler);
  on_cancel(connect_, [this] { fail(asio::error::operation_aborted); });
  socket_->SetConnectCallback(SocketCallback([this](ns3::Ptr<ns3::Socket>) { connected(); }),
                              SocketCallback([this](ns3::Ptr<ns3::Socket> s) {
                                fail(is_closed(*s) ? asio::error::connection_refused : asio::error::timed_out);
                              }));
  remote_ = to_endpoint(to.GetIpv4(), to.GetPort());
  if (socket_->Connect(to) != 0) fail(asio::error::network_unreachable);
}

void Stream::connected() {
  ns3::Address address;
  socket_->GetSockName(address);
  local_ = to_endpoint(address);
  choose_congestion();
  finish(connect_, {});
}

void Stream::choose_congestion() {
  if (by_path_ && bbr_offered_ && handshake_rtt(socket_) >= platform::far_rtt)
    set_congestion(platform::CongestionControl::bbr);
}

// The seed is of the listener's options where it accepted the connection, and the same for all of those.
void Stream::set_congestion(platform::CongestionControl wanted) {
  if (closed_ || wanted == platform::CongestionControl::platform_default ||
      wanted == platform::CongestionControl::by_path)
    return;
  check_offers(wanted, bbr_offered_);
  const std::string name = to_string(local_) + " " + to_string(remote_) + " " + std::to_string(++changes_);
  sim::set_congestion(socket_, wanted, Random(seed_, name)());
}

void Stream::fail(ErrorCode error) {
  if (!error_) error_ = error;
  finish(connect_, error);
  finish(read_, error);
  finish(write_, error);
}

void Stream::read_some(platform::ReadBuffers buffers, platform::Handler handler) {
  if (context_.dead()) return handler.drop();
  if (closed_) return handler.complete(asio::error::bad_descriptor);
  if (read_) return handler.complete(asio::error::already_started);
  read_buffers_ = buffers;
  read_ = std::move(handler);
  on_cancel(read_, [this] { finish(read_, asio::error::operation_aborted); });
  try_read();
}

void Stream::try_read() {
  if (!read_) return;
  if (const std::size_t count = take(read_buffers_)) {
    finish(read_, {}, count);
  } else if (error_) {
    finish(read_, error_);
  } else if (end_of_stream_) {
    finish(read_, asio::error::eof);
  }
}

std::size_t Stream::take(platform::ReadBuffers& buffers) {
  std::size_t count = 0;
  for (const auto& buffer : buffers) {
    auto* to = static_cast<std::uint8_t*>(buffer.data());
    for (std::size_t left = buffer.size(); left > 0;) {
      if (!head_) head_ = socket_->Recv(static_cast<std::uint32_t>(segment_.value), 0);
      if (!head_ || head_->GetSize() == 0) {
        head_ = nullptr;
        return count;
      }
      const auto n = static_cast<std::uint32_t>(std::min<std::size_t>(left, head_->GetSize()));
      head_->CopyData(to, n);
      if (n == head_->GetSize())
        head_ = nullptr;
      else
        head_->RemoveAtStart(n);
      to += n;
      left -= n;
      count += n;
    }
  }
  return count;
}

void Stream::write_some(platform::WriteBuffers buffers, platform::Handler handler) {
  if (context_.dead()) return handler.drop();
  if (closed_) return handler.complete(asio::error::bad_descriptor);
  if (shut_down_) return handler.complete(asio::error::shut_down);
  if (write_) return handler.complete(asio::error::already_started);
  write_buffers_ = buffers;
  write_ = std::move(handler);
  on_cancel(write_, [this] { finish(write_, asio::error::operation_aborted); });
  try_write();
}

void Stream::try_write() {
  if (!write_) return;
  if (error_) return finish(write_, error_);
  if (const std::size_t count = give(write_buffers_)) finish(write_, {}, count);
}

// Packets of exactly one segment are sent by ns-3 as they are; others it splits and joins.
std::size_t Stream::give(const platform::WriteBuffers& buffers) {
  std::size_t count = 0;
  std::size_t room = socket_->GetTxAvailable();
  const auto send = [&](const std::byte* bytes, std::size_t size) {
    const auto packet =
        ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(bytes), static_cast<std::uint32_t>(size));
    if (socket_->Send(packet, 0) < 0) {
      fail(asio::error::broken_pipe);
      return false;
    }
    room -= size;
    count += size;
    return true;
  };
  gather_.clear();
  for (const auto& buffer : buffers) {
    auto* from = static_cast<const std::byte*>(buffer.data());
    for (std::size_t left = buffer.size(); left > 0 && room > gather_.size();) {
      const std::size_t n = std::min({left, segment_.value - gather_.size(), room - gather_.size()});
      if (n == segment_.value) {
        if (!send(from, n)) return 0;
      } else {
        gather_.insert(gather_.end(), from, from + n);
        if (gather_.size() == segment_.value) {
          if (!send(gather_.data(), gather_.size())) return 0;
          gather_.clear();
        }
      }
      from += n;
      left -= n;
    }
  }
  if (!gather_.empty() && !send(gather_.data(), gather_.size())) return 0;
  return count;
}

void Stream::shutdown_send() {
  if (closed_ || error_ || std::exchange(shut_down_, true)) return;
  socket_->ShutdownSend();
}

void Stream::close() {
  if (std::exchange(closed_, true)) return;
  let_go();
  if (head_)
    reset_connection(*socket_);  // unread data: the peer must not believe that it arrived
  else
    close_connection(socket_);
  fail(asio::error::operation_aborted);
}

void Stream::abandon() {
  if (!std::exchange(closed_, true)) {
    let_go();
    reset_connection(*socket_);
  }
  // Local: dropping a handler may destroy this object.
  platform::Handler handlers[] = {std::exchange(connect_, {}), std::exchange(read_, {}), std::exchange(write_, {})};
  for (auto& handler : handlers) handler.drop();
}

void Stream::disconnect() {
  for (auto* handler : {&connect_, &read_, &write_}) handler->disconnect();
}

platform::PathSample Stream::path_sample() const { return sim::path_sample(socket_); }

}  // namespace dwcp::sim
