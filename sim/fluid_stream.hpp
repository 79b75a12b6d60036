// A connection of the flow model as the port's stream.
#pragma once

#include "sim/flow/host.hpp"
#include "sim/stream.hpp"

namespace dwcp::sim {

class FluidStream final : public Stream, private flow::SocketOwner {
 public:
  // Of a new socket, or of one that a listener accepted.
  FluidStream(Context& context, Executor executor, std::shared_ptr<flow::Socket> socket);
  ~FluidStream() override;

  // Completes when connected; connection_refused when nobody listens there, timed_out when nobody answers.
  void connect(platform::Handler handler);

  platform::PathSample path_sample() const override { return socket_->path_sample(); }

 private:
  std::size_t take(platform::ReadBuffers& buffers) override;
  std::size_t give(const platform::WriteBuffers& buffers) override;
  void end_sending() override { socket_->shut_down(); }
  void let_go(bool reset) override;
  void apply_congestion(platform::CongestionControl wanted, unsigned number) override;

  void socket_connected() override { connected(socket_->handshake_rtt()); }
  void socket_readable() override;
  void socket_writable() override { try_write(); }
  void socket_ended(flow::SocketEnd end) override;

  const std::shared_ptr<flow::Socket> socket_;
};

}  // namespace dwcp::sim
