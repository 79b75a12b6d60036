// A UDP socket of the simulation.
#pragma once

#include <ns3/node.h>
#include <ns3/socket.h>

#include "engine/platform/datagram.hpp"
#include "sim/context.hpp"

namespace dwcp::sim {

class Datagram final : public platform::DatagramBackend, private Operation {
 public:
  // Messages that wait to be read; what does not fit is lost, as in a kernel.
  static constexpr Bytes receive_buffer = MiB(1);
  static constexpr std::size_t message_size_max = 65507;

  // Throws system_error(address_in_use).
  Datagram(Context& context, Executor executor, ns3::Ptr<ns3::Node> node, const platform::Endpoint& at);
  ~Datagram() override;

  Executor executor() const override { return executor_; }
  void receive(platform::ReadBuffers buffers, platform::Endpoint& from, platform::Handler handler) override;
  // message_size beyond message_size_max; no error when nobody can get it.
  void send(platform::WriteBuffers buffers, const platform::Endpoint& to, platform::Handler handler) override;
  platform::Endpoint local() const override { return local_; }
  void close() override;

 private:
  void disconnect() override { receive_.disconnect(); }
  void abandon() override;
  void try_receive();
  void let_go();

  Executor executor_;
  ns3::Ptr<ns3::Socket> socket_;
  platform::Endpoint local_;
  platform::Handler receive_;
  platform::ReadBuffers buffers_;
  platform::Endpoint* from_ = nullptr;
  bool closed_ = false;
};

}  // namespace dwcp::sim
