// The ns-3 network device at one end of a link. It has a switch of its own: a machine without power neither sends nor
// receives.
#pragma once

#include <ns3/channel.h>
#include <ns3/mac48-address.h>
#include <ns3/net-device.h>
#include <ns3/node.h>

#include "sim/wire.hpp"

namespace dwcp::sim {

class Device final : public ns3::NetDevice {
 public:
  static ns3::TypeId GetTypeId();
  Device() = default;

  // `powered` belongs to the machine and outlives the device.
  void attach(Wire& out, Bytes mtu, const bool& powered);
  void receive(const ns3::Ptr<ns3::Packet>& packet, std::uint16_t protocol);

  void SetIfIndex(const uint32_t index) override { index_ = index; }
  uint32_t GetIfIndex() const override { return index_; }
  ns3::Ptr<ns3::Channel> GetChannel() const override { return nullptr; }
  void SetAddress(ns3::Address) override {}
  ns3::Address GetAddress() const override { return address_; }
  bool SetMtu(const uint16_t mtu) override;
  uint16_t GetMtu() const override { return mtu_; }
  bool IsLinkUp() const override { return true; }  // always: TCP is not told of faults
  void AddLinkChangeCallback(ns3::Callback<void>) override {}
  bool IsBroadcast() const override { return false; }
  ns3::Address GetBroadcast() const override { return address_; }
  bool IsMulticast() const override { return false; }
  ns3::Address GetMulticast(ns3::Ipv4Address) const override { return address_; }
  ns3::Address GetMulticast(ns3::Ipv6Address) const override { return address_; }
  bool IsBridge() const override { return false; }
  bool IsPointToPoint() const override { return true; }
  bool Send(ns3::Ptr<ns3::Packet> packet, const ns3::Address& to, uint16_t protocol) override;
  bool SendFrom(ns3::Ptr<ns3::Packet> packet, const ns3::Address& from, const ns3::Address& to,
                uint16_t protocol) override;
  ns3::Ptr<ns3::Node> GetNode() const override { return node_; }
  void SetNode(ns3::Ptr<ns3::Node> node) override { node_ = node; }
  bool NeedsArp() const override { return false; }
  void SetReceiveCallback(ReceiveCallback callback) override { receive_ = callback; }
  void SetPromiscReceiveCallback(PromiscReceiveCallback) override {}
  bool SupportsSendFrom() const override { return false; }

 private:
  void DoDispose() override;

  Wire* out_ = nullptr;
  const bool* powered_ = nullptr;
  ns3::Mac48Address address_ = ns3::Mac48Address("00:00:00:00:00:01");  // point to point: it names nobody
  ns3::Ptr<ns3::Node> node_;
  ReceiveCallback receive_;
  uint32_t index_ = 0;
  uint16_t mtu_ = 0;
};

}  // namespace dwcp::sim
