#include "sim/tcp/cubic.hpp"

#include "sim/tcp/clock.hpp"

namespace dwcp::sim {
namespace {

using State = ns3::TcpSocketState;

std::uint32_t segments_of(std::uint32_t bytes, const State& tcb) {
  return std::max(bytes / std::max(tcb.m_segmentSize, 1u), 1u);
}

std::uint32_t bytes_of(std::uint32_t segments, const State& tcb) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(std::uint64_t{segments} * tcb.m_segmentSize, ~0u));
}

}  // namespace

NS_OBJECT_ENSURE_REGISTERED(TcpCubic);

ns3::TypeId TcpCubic::GetTypeId() {
  static ns3::TypeId id = ns3::TypeId("dwcp::sim::TcpCubic")
                              .SetParent<ns3::TcpCongestionOps>()
                              .SetGroupName("Internet")
                              .AddConstructor<TcpCubic>();
  return id;
}

ns3::Ptr<ns3::TcpCongestionOps> TcpCubic::Fork() { return ns3::CopyObject<TcpCubic>(this); }

void TcpCubic::PktsAcked(ns3::Ptr<State> tcb, std::uint32_t, const ns3::Time& rtt) {
  active_at_ = sim_now();
  if (acknowledged_known_)
    acknowledged_ += static_cast<std::uint64_t>(std::max(tcb->m_lastAckedSeq - acknowledged_at_, 0));
  acknowledged_known_ = true;
  acknowledged_at_ = tcb->m_lastAckedSeq;

  CubicAck ack;
  ack.now = sim_now();
  if (rtt.IsStrictlyPositive()) ack.rtt = to_duration(rtt);
  ack.acknowledged = acknowledged_;
  ack.sent = acknowledged_ + static_cast<std::uint64_t>(std::max(tcb->m_highTxMark.Get() - tcb->m_lastAckedSeq, 0));
  if (ack.rtt > Duration::zero()) ack.pacing_estimate = rate_of(Bytes(tcb->m_cWnd.Get()) * 2, ack.rtt);
  const std::uint32_t before = segments_of(tcb->m_ssThresh, *tcb);
  std::uint32_t threshold = before;
  model_.on_ack(ack, segments_of(tcb->m_cWnd, *tcb), threshold);
  if (threshold != before) tcb->m_ssThresh = bytes_of(threshold, *tcb);
}

void TcpCubic::IncreaseWindow(ns3::Ptr<State> tcb, std::uint32_t segments) {
  if (segments == 0) return;
  const std::uint32_t window = segments_of(tcb->m_cWnd, *tcb);
  const std::uint32_t grown = model_.grow(sim_now(), window, segments_of(tcb->m_ssThresh, *tcb), segments);
  if (grown != window) tcb->m_cWnd = bytes_of(grown, *tcb);
}

std::uint32_t TcpCubic::GetSsThresh(ns3::Ptr<const State> tcb, std::uint32_t) {
  return bytes_of(model_.reduce(segments_of(tcb->m_cWnd, *tcb)), *tcb);
}

void TcpCubic::CongestionStateSet(ns3::Ptr<State>, State::TcpCongState_t state) {
  if (state == State::CA_LOSS) model_.on_timeout();
}

void TcpCubic::CwndEvent(ns3::Ptr<State>, State::TcpCAEvent_t event) {
  if (event == State::CA_EVENT_TX_START) model_.on_idle(sim_now() - active_at_);
}

}  // namespace dwcp::sim
