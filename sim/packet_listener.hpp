// A listening TCP socket of ns-3.
#pragma once

#include "sim/listener.hpp"
#include "sim/packet_stream.hpp"

namespace dwcp::sim {

class PacketListener final : public Listener {
 public:
  // Port 0 takes a free one; the unspecified address listens on all. Throws system_error(address_in_use), also when the
  // port is taken on another address of the machine.
  PacketListener(Context& context, ns3::Ptr<ns3::Node> node, const platform::Endpoint& at, const TcpOptions& options,
                 Executor executor);
  ~PacketListener() override;

 private:
  void stop() override;
  void accepted(ns3::Ptr<ns3::Socket> socket);

  ns3::Ptr<ns3::Socket> socket_;
  TcpOptions options_;
};

}  // namespace dwcp::sim
