// Cubic (cubic_model.hpp) as an ns-3 congestion control, TypeId "dwcp::sim::TcpCubic".
#pragma once

#include <ns3/tcp-congestion-ops.h>

#include "sim/tcp/cubic_model.hpp"

namespace dwcp::sim {

class TcpCubic : public ns3::TcpCongestionOps {
 public:
  static ns3::TypeId GetTypeId();
  TcpCubic() = default;
  TcpCubic(const TcpCubic& other) : TcpCongestionOps(other) {}  // a forked connection starts afresh

  std::string GetName() const override { return "TcpCubic"; }
  void PktsAcked(ns3::Ptr<ns3::TcpSocketState> tcb, std::uint32_t segments, const ns3::Time& rtt) override;
  void IncreaseWindow(ns3::Ptr<ns3::TcpSocketState> tcb, std::uint32_t segments) override;
  std::uint32_t GetSsThresh(ns3::Ptr<const ns3::TcpSocketState> tcb, std::uint32_t in_flight) override;
  void CongestionStateSet(ns3::Ptr<ns3::TcpSocketState> tcb, ns3::TcpSocketState::TcpCongState_t state) override;
  void CwndEvent(ns3::Ptr<ns3::TcpSocketState> tcb, ns3::TcpSocketState::TcpCAEvent_t event) override;
  ns3::Ptr<TcpCongestionOps> Fork() override;

 private:
  Cubic model_;
  // 64-bit stream offset of the last acknowledged sequence number, which has 32 bits.
  std::uint64_t acknowledged_ = 0;
  ns3::SequenceNumber32 acknowledged_at_{0};
  bool acknowledged_known_ = false;
  TimePoint active_at_;
};

}  // namespace dwcp::sim
