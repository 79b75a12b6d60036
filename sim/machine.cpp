#include "sim/machine.hpp"

#include <ns3/internet-stack-helper.h>
#include <ns3/ipv4-interface-address.h>
#include <ns3/ipv4-l3-protocol.h>
#include <ns3/object-ptr-container.h>
#include <ns3/tcp-l4-protocol.h>

#include "sim/addresses.hpp"
#include "sim/tcp_access.hpp"

namespace dwcp::sim {

Machine::Machine(std::string name, NodeIndex index, bool router, const HostOptions& options, std::uint64_t seed)
    : name_(std::move(name)),
      index_(index),
      router_(router),
      options_(options),
      node_(ns3::CreateObject<ns3::Node>()),
      routes_(ns3::CreateObject<Routes>()),
      sockets_(seed, "sockets of " + name_) {
  ns3::InternetStackHelper stack;
  stack.SetIpv6StackInstall(false);
  stack.Install(node_);
  auto ipv4 = node_->GetObject<ns3::Ipv4L3Protocol>();
  ipv4->SetRoutingProtocol(routes_);
  routes_->set_forwarding(router);
  routes_->add_local(ns3::Ipv4Address::GetLoopback());
  if (options_.rdma && !router)
    adapter_ = std::make_unique<rdma::Adapter>(name_, node_, Random(seed, "rdma of " + name_));
}

Device& Machine::add_device(Wire& out, Bytes mtu, std::uint32_t address) {
  auto device = ns3::CreateObject<Device>();
  device->attach(out, mtu, powered_);
  node_->AddDevice(device);
  devices_.push_back(device);
  auto ipv4 = node_->GetObject<ns3::Ipv4L3Protocol>();
  const auto interface = ipv4->AddInterface(device);
  const ns3::Ipv4Address ip(address);
  ipv4->AddAddress(interface, ns3::Ipv4InterfaceAddress(ip, ns3::Ipv4Mask("/30")));
  ipv4->SetUp(interface);
  ipv4->SetForwarding(interface, router_);
  routes_->add_local(ip);
  addresses_.push_back(to_endpoint(ip, 0));
  if (adapter_)
    adapter_->add_port(device, address, {[&out] { return out.options().rate; }, [&out] { return out.queued(); }});
  return *device;
}

void Machine::forget_connections() {
  if (flow_) flow_->forget_all();
  ns3::ObjectPtrContainerValue sockets;
  node_->GetObject<ns3::TcpL4Protocol>()->GetAttribute("SocketList", sockets);
  for (auto it = sockets.Begin(); it != sockets.End(); ++it) {
    auto socket = it->second->GetObject<ns3::Socket>();
    remove_callbacks(*socket);
    reset_connection(*socket);
  }
}

TcpOptions Machine::tcp_options(const platform::StreamOptions& stream) {
  TcpOptions options = tcp_;
  options.seed = sockets_();
  const bool named =
      stream.congestion == platform::CongestionControl::bbr || stream.congestion == platform::CongestionControl::cubic;
  if (stream.congestion == platform::CongestionControl::bbr)
    check_offers(platform::CongestionControl::bbr, options_.bbr);
  options.bbr = options_.bbr;
  options.congestion = named ? stream.congestion : options_.congestion;
  options.by_path = stream.congestion == platform::CongestionControl::by_path;
  if (stream.send_buffer.value) options.send_buffer = std::clamp(stream.send_buffer, KiB(64), tcp_buffer_max);
  if (stream.receive_buffer.value) options.receive_buffer = std::clamp(stream.receive_buffer, KiB(64), tcp_buffer_max);
  return options;
}

}  // namespace dwcp::sim
