// The routing table of one machine, as ns-3 asks for it: one hash look-up per packet and no allocation.
#pragma once

#include <ns3/ipv4-route.h>
#include <ns3/ipv4-routing-protocol.h>

#include <cstdint>
#include <unordered_map>

namespace dwcp::sim {

class Routes final : public ns3::Ipv4RoutingProtocol {
 public:
  static ns3::TypeId GetTypeId();

  void set_forwarding(bool forwards) { forwards_ = forwards; }
  // An address of this machine. Traffic to it from here stays inside.
  void add_local(ns3::Ipv4Address address);
  // Packets to `to` leave by `device`, with `source` when they start here.
  void add(ns3::Ipv4Address to, ns3::Ptr<ns3::NetDevice> device, ns3::Ipv4Address source);
  bool is_local(ns3::Ipv4Address address) const { return locals_.contains(address.Get()); }
  bool reaches(ns3::Ipv4Address address) const { return is_local(address) || remotes_.contains(address.Get()); }

  ns3::Ptr<ns3::Ipv4Route> RouteOutput(ns3::Ptr<ns3::Packet> packet, const ns3::Ipv4Header& header,
                                       ns3::Ptr<ns3::NetDevice> device, ns3::Socket::SocketErrno& error) override;
  // ns-3 changed this signature after 3.37: whichever it has is overridden, the other one is never called.
  bool RouteInput(ns3::Ptr<const ns3::Packet> packet, const ns3::Ipv4Header& header,
                  ns3::Ptr<const ns3::NetDevice> device, UnicastForwardCallback forward, MulticastForwardCallback,
                  LocalDeliverCallback deliver, ErrorCallback error);
  bool RouteInput(ns3::Ptr<const ns3::Packet> packet, const ns3::Ipv4Header& header,
                  ns3::Ptr<const ns3::NetDevice> device, const UnicastForwardCallback& forward,
                  const MulticastForwardCallback&, const LocalDeliverCallback& deliver, const ErrorCallback& error);
  void NotifyInterfaceUp(uint32_t) override {}
  void NotifyInterfaceDown(uint32_t) override {}
  void NotifyAddAddress(uint32_t, ns3::Ipv4InterfaceAddress) override {}
  void NotifyRemoveAddress(uint32_t, ns3::Ipv4InterfaceAddress) override {}
  void SetIpv4(ns3::Ptr<ns3::Ipv4> ipv4) override { ipv4_ = ipv4; }
  void PrintRoutingTable(ns3::Ptr<ns3::OutputStreamWrapper>, ns3::Time::Unit) const override {}

 private:
  using Table = std::unordered_map<std::uint32_t, ns3::Ptr<ns3::Ipv4Route>>;

  bool route(const ns3::Ptr<const ns3::Packet>& packet, const ns3::Ipv4Header& header,
             const ns3::Ptr<const ns3::NetDevice>& device, const UnicastForwardCallback& forward,
             const LocalDeliverCallback& deliver, const ErrorCallback& error);
  void DoDispose() override;

  ns3::Ptr<ns3::Ipv4> ipv4_;
  Table locals_;
  Table remotes_;
  bool forwards_ = false;
};

}  // namespace dwcp::sim
