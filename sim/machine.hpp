// A machine of the world: a host, on which processes run, or a router, which forwards.
#pragma once

#include <ns3/node.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/platform/endpoint.hpp"
#include "sim/clock.hpp"
#include "sim/device.hpp"
#include "sim/disk.hpp"
#include "sim/flow/host.hpp"
#include "sim/rdma/adapter.hpp"
#include "sim/routes.hpp"
#include "sim/tcp/options.hpp"
#include "sim/topology.hpp"

namespace dwcp::sim {

struct HostOptions {
  unsigned cores = 2;    // of each process's compute, >= 1
  double cpu_speed = 1;  // against the table of work_model.hpp, > 0
  unsigned lanes = 2;    // reported to the engine, >= 1; all are one run queue
  DiskOptions disk{};    // of each process
  platform::CongestionControl congestion = platform::CongestionControl::cubic;  // where a stream leaves it open
  bool bbr = true;                                                              // its kernel offers it
  bool rdma = false;  // has an adapter, with a port on each link
};

class Machine {
 public:
  Machine(std::string name, NodeIndex index, bool router, const HostOptions& options, std::uint64_t seed);
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  const std::string& name() const { return name_; }
  NodeIndex index() const { return index_; }
  bool is_router() const { return router_; }
  const HostOptions& options() const { return options_; }
  bool powered() const { return powered_; }
  // One for each link, in the order in which they were added.
  const std::vector<platform::Endpoint>& addresses() const { return addresses_; }

  // For the world's parts.
  ns3::Ptr<ns3::Node> node() const { return node_; }
  Routes& routes() { return *routes_; }
  Device& add_device(Wire& out, Bytes mtu, std::uint32_t address);
  const ns3::Ptr<Device>& device(std::size_t index) const { return devices_[index]; }
  void set_power(bool on) { powered_ = on; }
  // The kernel's memory of all connections is gone.
  void forget_connections();
  // Of all processes of the machine.
  Clock& clock() { return clock_; }
  const Clock& clock() const { return clock_; }
  // Null without HostOptions::rdma.
  rdma::Adapter* adapter() { return adapter_.get(); }
  // Its connections in flow fidelity; null in packet fidelity.
  flow::Host* flow() { return flow_.get(); }
  void set_flow(std::unique_ptr<flow::Host> host) { flow_ = std::move(host); }
  // What a process of it may still take (Platform::memory_available), whatever it takes: others take what it gives
  // back. Without bound, unless it was set.
  static constexpr Bytes memory_unbounded{std::numeric_limits<std::uint64_t>::max()};
  Bytes memory_available() const { return memory_available_; }
  void set_memory_available(Bytes left) { memory_available_ = left; }
  const bool& power_switch() const { return powered_; }
  // What TCP uses for a stream of this machine: buffers that fill the largest path.
  // Each call draws a seed of its own.
  TcpOptions tcp_options(const platform::StreamOptions& stream);
  void set_tcp_options(const TcpOptions& options) { tcp_ = options; }
  const TcpOptions& tcp_options() const { return tcp_; }

 private:
  std::string name_;
  NodeIndex index_;
  bool router_;
  HostOptions options_;
  bool powered_ = true;
  Clock clock_;
  Bytes memory_available_ = memory_unbounded;
  ns3::Ptr<ns3::Node> node_;
  ns3::Ptr<Routes> routes_;
  std::vector<ns3::Ptr<Device>> devices_;
  std::vector<platform::Endpoint> addresses_;  // with port 0
  std::unique_ptr<rdma::Adapter> adapter_;
  std::unique_ptr<flow::Host> flow_;
  TcpOptions tcp_;
  Random sockets_;
};

}  // namespace dwcp::sim
