// The RDMA adapter of one simulated machine: RoCE v2 over the machine's IPv4 (annex A17 of the InfiniBand Architecture
// Specification). It has a port on each link of the machine.
#pragma once

#include <ns3/ipv4-header.h>
#include <ns3/ipv4-interface.h>
#include <ns3/ipv4-route.h>
#include <ns3/ipv4.h>
#include <ns3/node.h>
#include <ns3/packet.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/error.hpp"
#include "engine/base/random.hpp"
#include "sim/rdma/packet.hpp"
#include "sim/rdma/port.hpp"

namespace dwcp::sim::rdma {

class Pair;
class PairUser;
struct PairLimits;

constexpr std::size_t pairs_max = 65536;   // of one adapter
constexpr Bytes registered_max = GiB(16);  // memory of its pairs: what a machine lets be locked

// The transport timer: 4.096 us * 2^exponent (InfiniBand Architecture Specification, volume 1, section 9.7.6).
constexpr unsigned timeout_exponent_default = 14;  // 67 ms, the usual value
constexpr unsigned timeout_exponent_max = 31;      // of the 5 bits
constexpr Duration timeout_of(unsigned exponent) { return Duration(std::int64_t{4096} << exponent); }

struct AdapterCounters {
  std::uint64_t packets = 0;        // of writes, sent
  std::uint64_t repeated = 0;       // of those, not for the first time
  std::uint64_t acknowledged = 0;   // acknowledgements sent
  std::uint64_t gaps = 0;           // reports of a sequence error sent
  std::uint64_t notifications = 0;  // of congestion, sent
  std::uint64_t timeouts = 0;
};

class Adapter {
 public:
  // Precondition: the node has an internet stack.
  Adapter(std::string machine, const ns3::Ptr<ns3::Node>& node, Random random);
  ~Adapter();
  Adapter(const Adapter&) = delete;
  Adapter& operator=(const Adapter&) = delete;

  // `address` is that of the device, in host order.
  void add_port(ns3::Ptr<ns3::NetDevice> device, std::uint32_t address, Egress egress);
  bool has_address(std::uint32_t address) const;

  // Off: all pairs fail, packets are dropped, and no pair is made.
  void set_on(bool on);
  bool on() const { return on_; }

  // What an administrator sets for the longest path: at least four times its round trip, at least the default.
  void fit_round_trip(Duration rtt);
  Duration timeout() const { return timeout_of(timeout_exponent_); }

  // A pair that peers reach at `host`, one of the ports' addresses; it outlives neither the adapter nor `user`. Null
  // when the adapter is off. Throws Error(out_of_budget) beyond pairs_max or registered_max, Error(bad_value) for a
  // limit of 0.
  std::unique_ptr<Pair> open(std::uint32_t host, const PairLimits& limits, PairUser& user);

  const AdapterCounters& counters() const { return counters_; }
  const std::string& machine() const { return machine_; }

 private:
  friend class Pair;
  struct PortEntry {
    ns3::Ptr<ns3::NetDevice> device;
    std::uint32_t address;
    std::unique_ptr<Port> port;
  };

  void forget(Pair& pair);
  // Null without a route.
  ns3::Ptr<ns3::Ipv4Route> route_to(std::uint32_t host) const;
  Port& port_of(const ns3::Ipv4Route& route);
  // How `bytes` of payload behind that header travel. `congestion` says whether the network may mark the packet.
  // Returns the size of the IP packet.
  Bytes send(const ns3::Ptr<ns3::Ipv4Route>& route, const Header& header, ByteSpan payload, bool congestion);
  void receive(ns3::Ptr<ns3::Packet> packet, ns3::Ipv4Header ip, std::uint16_t port,
               ns3::Ptr<ns3::Ipv4Interface> interface);

  std::string machine_;
  ns3::Ptr<ns3::Ipv4> ipv4_;
  Random random_;
  std::vector<PortEntry> ports_;
  std::unique_ptr<Port> inner_;           // from the machine to itself
  std::map<std::uint32_t, Pair*> pairs_;  // by number; in order, for determinism
  std::uint32_t last_number_ = 0;
  Bytes registered_{0};
  unsigned timeout_exponent_ = timeout_exponent_default;
  bool on_ = true;
  AdapterCounters counters_;
};

}  // namespace dwcp::sim::rdma
