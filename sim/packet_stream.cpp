#include "sim/packet_stream.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>

#include "sim/addresses.hpp"
#include "sim/tcp_access.hpp"

namespace dwcp::sim {
namespace {

using SocketCallback = ns3::Callback<void, ns3::Ptr<ns3::Socket>>;

}  // namespace

PacketStream::PacketStream(Context& context, Executor executor, ns3::Ptr<ns3::Socket> socket, const TcpOptions& options)
    : Stream(context, std::move(executor), options.bbr, options.by_path),
      socket_(std::move(socket)),
      segment_(options.mtu - tcp_header_size),
      seed_(options.seed) {
  listen_to_socket();
  ns3::Address address;
  const bool accepted = socket_->GetPeerName(address) == 0;
  if (accepted) remote_ = to_endpoint(address);
  if (socket_->GetSockName(address) == 0) local_ = to_endpoint(address);
  if (accepted) choose_congestion(handshake_rtt(socket_));
}

PacketStream::~PacketStream() { destroy(); }

void PacketStream::listen_to_socket() {
  socket_->SetRecvCallback(SocketCallback([this](ns3::Ptr<ns3::Socket>) { try_read(); }));
  socket_->SetSendCallback(
      ns3::Callback<void, ns3::Ptr<ns3::Socket>, uint32_t>([this](ns3::Ptr<ns3::Socket>, uint32_t) { try_write(); }));
  socket_->SetCloseCallbacks(SocketCallback([this](ns3::Ptr<ns3::Socket>) { peer_closed(); }),
                             SocketCallback([this](ns3::Ptr<ns3::Socket>) { fail(asio::error::connection_reset); }));
  socket_->TraceConnectWithoutContext("State", ns3::MakeCallback(&PacketStream::state_changed, this));
}

// ns-3 reports FIN and RST alike; the state tells which it was.
void PacketStream::peer_closed() {
  if (!peer_has_finished(*socket_))
    return fail(connecting() ? asio::error::connection_refused : asio::error::connection_reset);
  end_of_stream();
}

// An RST after the peer's FIN is reported by nothing else.
void PacketStream::state_changed(ns3::TcpSocket::TcpStates_t, ns3::TcpSocket::TcpStates_t to) {
  if (to == ns3::TcpSocket::CLOSED && !connecting() && !both_finished()) fail(asio::error::connection_reset);
}

void PacketStream::connect(const ns3::InetSocketAddress& to, platform::Handler handler) {
  if (context_.dead()) return handler.drop();
  begin_connect(std::move(handler));
  socket_->SetConnectCallback(SocketCallback([this](ns3::Ptr<ns3::Socket>) { socket_connected(); }),
                              SocketCallback([this](ns3::Ptr<ns3::Socket> s) {
                                fail(sim::is_closed(*s) ? asio::error::connection_refused : asio::error::timed_out);
                              }));
  remote_ = to_endpoint(to.GetIpv4(), to.GetPort());
  if (socket_->Connect(to) != 0) fail(asio::error::network_unreachable);
}

void PacketStream::socket_connected() {
  ns3::Address address;
  socket_->GetSockName(address);
  local_ = to_endpoint(address);
  connected(handshake_rtt(socket_));
}

// The seed is of the listener's options where it accepted the connection, and the same for all of those.
void PacketStream::apply_congestion(platform::CongestionControl wanted, unsigned number) {
  const std::string name = to_string(local_) + " " + to_string(remote_) + " " + std::to_string(number);
  sim::set_congestion(socket_, wanted, Random(seed_, name)());
}

std::size_t PacketStream::take(platform::ReadBuffers& buffers) {
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

// Packets of exactly one segment are sent by ns-3 as they are; others it splits and joins.
std::size_t PacketStream::give(const platform::WriteBuffers& buffers) {
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

void PacketStream::let_go(bool reset) {
  remove_callbacks(*socket_);
  socket_->TraceDisconnectWithoutContext("State", ns3::MakeCallback(&PacketStream::state_changed, this));
  if (reset || head_)
    reset_connection(*socket_);  // unread data: the peer must not believe that it arrived
  else
    close_connection(socket_);
}

platform::PathSample PacketStream::path_sample() const { return sim::path_sample(socket_); }

}  // namespace dwcp::sim
