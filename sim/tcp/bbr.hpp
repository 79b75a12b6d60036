// Bbr (bbr_model.hpp) as an ns-3 congestion control, TypeId "dwcp::sim::TcpBbr". Works on ns-3's own socket too, but
// only LinuxTcpSocket feeds it correct rate samples and recovers lost retransmissions.
#pragma once

#include <ns3/tcp-congestion-ops.h>

#include <optional>

#include "engine/base/random.hpp"
#include "sim/tcp/bbr_model.hpp"

namespace dwcp::sim {

class TcpBbr : public ns3::TcpCongestionOps {
 public:
  static ns3::TypeId GetTypeId();
  TcpBbr() = default;
  TcpBbr(const TcpBbr& other) : TcpCongestionOps(other) {}  // a forked connection starts afresh
  // Of the draws of this connection and of those forked from it. Not from ns-3's random variables: their streams are
  // counted over the whole process, so that a run would depend on those before it.
  void set_seed(std::uint64_t seed) { random_ = Random(seed, "bbr"); }

  // The connection is in use: begins with the window that it has.
  void take_over() { taken_over_ = true; }

  std::string GetName() const override { return "TcpBbr"; }
  void Init(ns3::Ptr<ns3::TcpSocketState> tcb) override;
  bool HasCongControl() const override { return true; }
  void CongControl(ns3::Ptr<ns3::TcpSocketState> tcb, const ns3::TcpRateOps::TcpRateConnection& connection,
                   const ns3::TcpRateOps::TcpRateSample& sample) override;
  void CongestionStateSet(ns3::Ptr<ns3::TcpSocketState> tcb, ns3::TcpSocketState::TcpCongState_t state) override;
  void CwndEvent(ns3::Ptr<ns3::TcpSocketState> tcb, ns3::TcpSocketState::TcpCAEvent_t event) override;
  // Unchanged: BBR has no threshold.
  std::uint32_t GetSsThresh(ns3::Ptr<const ns3::TcpSocketState> tcb, std::uint32_t in_flight) override;
  ns3::Ptr<TcpCongestionOps> Fork() override;

  // Empty until the connection is established.
  const std::optional<Bbr>& model() const { return model_; }

 private:
  Bbr& started(const ns3::TcpSocketState& tcb);
  void publish(ns3::TcpSocketState& tcb) const;
  Random random_{0};
  bool taken_over_ = false;
  std::optional<Bbr> model_;
};

}  // namespace dwcp::sim
