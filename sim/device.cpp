#include "sim/device.hpp"

namespace dwcp::sim {

NS_OBJECT_ENSURE_REGISTERED(Device);

ns3::TypeId Device::GetTypeId() {
  static ns3::TypeId id = ns3::TypeId("dwcp::sim::Device").SetParent<ns3::NetDevice>().AddConstructor<Device>();
  return id;
}

void Device::attach(Wire& out, Bytes mtu, const bool& powered) {
  out_ = &out;
  mtu_ = static_cast<std::uint16_t>(mtu.value);
  powered_ = &powered;
}

bool Device::SetMtu(const uint16_t mtu) {
  mtu_ = mtu;
  return true;
}

bool Device::Send(ns3::Ptr<ns3::Packet> packet, const ns3::Address&, uint16_t protocol) {
  if (*powered_) out_->send(std::move(packet), protocol);
  return true;  // also when it is lost: a sender cannot know
}

bool Device::SendFrom(ns3::Ptr<ns3::Packet> packet, const ns3::Address&, const ns3::Address& to, uint16_t protocol) {
  return Send(std::move(packet), to, protocol);
}

void Device::receive(const ns3::Ptr<ns3::Packet>& packet, std::uint16_t protocol) {
  if (*powered_) receive_(this, packet, protocol, address_);
}

void Device::DoDispose() {
  node_ = nullptr;
  receive_ = ReceiveCallback();
  NetDevice::DoDispose();
}

}  // namespace dwcp::sim
