#include "sim/routes.hpp"

#include <ns3/ipv4-header.h>
#include <ns3/ipv4.h>
#include <ns3/net-device.h>
#include <ns3/packet.h>

namespace dwcp::sim {

NS_OBJECT_ENSURE_REGISTERED(Routes);

ns3::TypeId Routes::GetTypeId() {
  static ns3::TypeId id =
      ns3::TypeId("dwcp::sim::Routes").SetParent<ns3::Ipv4RoutingProtocol>().AddConstructor<Routes>();
  return id;
}

namespace {

ns3::Ptr<ns3::Ipv4Route> make_route(ns3::Ipv4Address to, ns3::Ptr<ns3::NetDevice> device, ns3::Ipv4Address source) {
  auto route = ns3::Create<ns3::Ipv4Route>();
  route->SetDestination(to);
  route->SetSource(source);
  route->SetGateway(ns3::Ipv4Address::GetZero());  // the far end of a point-to-point link needs no name
  route->SetOutputDevice(device);
  return route;
}

}  // namespace

void Routes::add_local(ns3::Ipv4Address address) {
  locals_[address.Get()] = make_route(address, ipv4_->GetNetDevice(0), address);  // device 0 is the loopback
}

void Routes::add(ns3::Ipv4Address to, ns3::Ptr<ns3::NetDevice> device, ns3::Ipv4Address source) {
  remotes_[to.Get()] = make_route(to, device, source);
}

ns3::Ptr<ns3::Ipv4Route> Routes::RouteOutput(ns3::Ptr<ns3::Packet>, const ns3::Ipv4Header& header,
                                             ns3::Ptr<ns3::NetDevice>, ns3::Socket::SocketErrno& error) {
  error = ns3::Socket::ERROR_NOTERROR;
  const std::uint32_t to = header.GetDestination().Get();
  if (const auto it = remotes_.find(to); it != remotes_.end()) return it->second;
  if (const auto it = locals_.find(to); it != locals_.end()) return it->second;
  error = ns3::Socket::ERROR_NOROUTETOHOST;
  return nullptr;
}

bool Routes::RouteInput(ns3::Ptr<const ns3::Packet> packet, const ns3::Ipv4Header& header,
                        ns3::Ptr<const ns3::NetDevice> device, UnicastForwardCallback forward, MulticastForwardCallback,
                        LocalDeliverCallback deliver, ErrorCallback error) {
  return route(packet, header, device, forward, deliver, error);
}

bool Routes::RouteInput(ns3::Ptr<const ns3::Packet> packet, const ns3::Ipv4Header& header,
                        ns3::Ptr<const ns3::NetDevice> device, const UnicastForwardCallback& forward,
                        const MulticastForwardCallback&, const LocalDeliverCallback& deliver,
                        const ErrorCallback& error) {
  return route(packet, header, device, forward, deliver, error);
}

bool Routes::route(const ns3::Ptr<const ns3::Packet>& packet, const ns3::Ipv4Header& header,
                   const ns3::Ptr<const ns3::NetDevice>& device, const UnicastForwardCallback& forward,
                   const LocalDeliverCallback& deliver, const ErrorCallback& error) {
  const ns3::Ipv4Address to = header.GetDestination();
  if (is_local(to)) {
    deliver(packet, header, static_cast<std::uint32_t>(ipv4_->GetInterfaceForDevice(device)));
    return true;
  }
  const auto it = forwards_ ? remotes_.find(to.Get()) : remotes_.end();
  if (it == remotes_.end()) {
    error(packet, header, ns3::Socket::ERROR_NOROUTETOHOST);
    return false;
  }
  forward(it->second, packet, header);
  return true;
}

void Routes::DoDispose() {
  ipv4_ = nullptr;
  locals_.clear();
  remotes_.clear();
  Ipv4RoutingProtocol::DoDispose();
}

}  // namespace dwcp::sim
