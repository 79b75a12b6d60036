// A TCP connection of ns-3 as the port's stream. The packets carry the real bytes.
#pragma once

#include <ns3/packet.h>
#include <ns3/socket.h>
#include <ns3/tcp-socket.h>

#include "sim/stream.hpp"
#include "sim/tcp/options.hpp"

namespace dwcp::sim {

class PacketStream final : public Stream {
 public:
  // Of a new socket, or of one that a listener accepted.
  PacketStream(Context& context, Executor executor, ns3::Ptr<ns3::Socket> socket, const TcpOptions& options);
  ~PacketStream() override;

  // Completes when connected; connection_refused when nobody listens there, timed_out when nobody answers,
  // network_unreachable without a route.
  void connect(const ns3::InetSocketAddress& to, platform::Handler handler);

  platform::PathSample path_sample() const override;

 private:
  std::size_t take(platform::ReadBuffers& buffers) override;
  std::size_t give(const platform::WriteBuffers& buffers) override;
  void end_sending() override { socket_->ShutdownSend(); }
  void let_go(bool reset) override;
  void apply_congestion(platform::CongestionControl wanted, unsigned number) override;

  void listen_to_socket();
  void socket_connected();
  void peer_closed();
  void state_changed(ns3::TcpSocket::TcpStates_t from, ns3::TcpSocket::TcpStates_t to);

  ns3::Ptr<ns3::Socket> socket_;
  const Bytes segment_;
  const std::uint64_t seed_;
  ns3::Ptr<ns3::Packet> head_;     // taken from the socket and not yet read to its end
  std::vector<std::byte> gather_;  // a segment that is put together from several buffers
};

}  // namespace dwcp::sim
