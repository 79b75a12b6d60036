// A TCP connection of the simulation as the port's stream. The packets carry the real bytes.
#pragma once

#include <ns3/packet.h>
#include <ns3/socket.h>
#include <ns3/tcp-socket.h>

#include "engine/platform/stream.hpp"
#include "sim/context.hpp"
#include "sim/tcp/options.hpp"

namespace dwcp::sim {

class Stream final : public platform::StreamBackend, private Operation {
 public:
  // Of a new socket, or of one that a listener accepted.
  Stream(Context& context, Executor executor, ns3::Ptr<ns3::Socket> socket, const TcpOptions& options);
  ~Stream() override;

  // Completes when connected; connection_refused when nobody listens there, timed_out when nobody answers,
  // network_unreachable without a route.
  void connect(const ns3::InetSocketAddress& to, platform::Handler handler);
  void set_executor(Executor executor) { executor_ = std::move(executor); }

  Executor executor() const override { return executor_; }
  void read_some(platform::ReadBuffers buffers, platform::Handler handler) override;
  void write_some(platform::WriteBuffers buffers, platform::Handler handler) override;
  void set_congestion(platform::CongestionControl wanted) override;
  void shutdown_send() override;
  void close() override;
  platform::Endpoint local() const override { return local_; }
  platform::Endpoint remote() const override { return remote_; }
  platform::PathSample path_sample() const override;

 private:
  void disconnect() override;
  void abandon() override;
  void listen_to_socket();
  void connected();
  void choose_congestion();
  void peer_closed();
  void state_changed(ns3::TcpSocket::TcpStates_t from, ns3::TcpSocket::TcpStates_t to);
  void let_go();
  void fail(ErrorCode error);

  void try_read();
  std::size_t take(platform::ReadBuffers& buffers);
  void try_write();
  std::size_t give(const platform::WriteBuffers& buffers);

  Executor executor_;
  ns3::Ptr<ns3::Socket> socket_;
  const Bytes segment_;
  const bool by_path_, bbr_offered_;
  const std::uint64_t seed_;
  unsigned changes_ = 0;  // of the congestion control
  platform::Endpoint local_, remote_;

  platform::Handler connect_, read_, write_;
  platform::ReadBuffers read_buffers_;
  platform::WriteBuffers write_buffers_;
  ns3::Ptr<ns3::Packet> head_;     // taken from the socket and not yet read to its end
  std::vector<std::byte> gather_;  // a segment that is put together from several buffers
  ErrorCode error_;                // final: every later operation ends with it
  bool end_of_stream_ = false;
  bool shut_down_ = false;
  bool closed_ = false;
};

}  // namespace dwcp::sim
