#include "sim/tcp/bbr.hpp"

#include <ns3/simulator.h>

#include "sim/tcp/clock.hpp"

namespace dwcp::sim {

NS_OBJECT_ENSURE_REGISTERED(TcpBbr);

ns3::TypeId TcpBbr::GetTypeId() {
  static ns3::TypeId id = ns3::TypeId("dwcp::sim::TcpBbr")
                              .SetParent<ns3::TcpCongestionOps>()
                              .SetGroupName("Internet")
                              .AddConstructor<TcpBbr>();
  return id;
}

ns3::Ptr<ns3::TcpCongestionOps> TcpBbr::Fork() {
  auto forked = ns3::CopyObject<TcpBbr>(this);
  forked->set_seed(random_());
  return forked;
}

// Called before the socket's options are set, so nothing of `tcb` can be used yet.
void TcpBbr::Init(ns3::Ptr<ns3::TcpSocketState> tcb) { tcb->m_pacing = true; }

Bbr& TcpBbr::started(const ns3::TcpSocketState& tcb) {
  if (!model_) {
    const Bytes window = taken_over_ ? Bytes(tcb.m_cWnd.Get()) : Bytes(tcb.m_initialCWnd) * tcb.m_segmentSize;
    model_.emplace(Bytes(tcb.m_segmentSize), window, to_duration(tcb.m_lastRtt.Get()), random_());
  }
  return *model_;
}

void TcpBbr::publish(ns3::TcpSocketState& tcb) const {
  tcb.m_cWnd = static_cast<std::uint32_t>(std::min<std::uint64_t>(model_->window().value, ~std::uint32_t{0}));
  tcb.m_cWndInfl = tcb.m_cWnd.Get();
  tcb.m_pacingRate = ns3::DataRate(model_->pacing_rate().value);
}

void TcpBbr::CongControl(ns3::Ptr<ns3::TcpSocketState> tcb, const ns3::TcpRateOps::TcpRateConnection& connection,
                         const ns3::TcpRateOps::TcpRateSample& sample) {
  BbrAck ack;
  ack.now = sim_now();
  ack.delivered = Bytes(connection.m_delivered);
  ack.newly_delivered = Bytes(sample.m_ackedSacked);
  ack.newly_lost = Bytes(sample.m_bytesLoss);
  ack.in_flight = Bytes(tcb->m_bytesInFlight.Get());
  ack.prior_in_flight = Bytes(sample.m_priorInFlight);
  if (tcb->m_lastRtt.Get().IsStrictlyPositive()) ack.rtt = to_duration(tcb->m_lastRtt.Get());
  if (sample.m_interval.IsStrictlyPositive() && sample.m_delivered > 0) {
    ack.interval = to_duration(sample.m_interval);
    ack.sample_delivered = Bytes(static_cast<std::uint32_t>(sample.m_delivered));
  }
  ack.app_limited = sample.m_isAppLimited;
  started(*tcb).on_ack(ack);
  publish(*tcb);
}

void TcpBbr::CongestionStateSet(ns3::Ptr<ns3::TcpSocketState> tcb, ns3::TcpSocketState::TcpCongState_t state) {
  const LossState loss = state == ns3::TcpSocketState::CA_LOSS       ? LossState::timeout
                         : state == ns3::TcpSocketState::CA_RECOVERY ? LossState::recovery
                                                                     : LossState::open;
  started(*tcb).on_loss_state(loss, Bytes(tcb->m_bytesInFlight.Get()));
  publish(*tcb);
}

void TcpBbr::CwndEvent(ns3::Ptr<ns3::TcpSocketState> tcb, ns3::TcpSocketState::TcpCAEvent_t event) {
  if (event != ns3::TcpSocketState::CA_EVENT_TX_START) return;
  // Nothing in flight and nothing lost: it was the application that had nothing to send.
  started(*tcb).on_transmit_from_idle(sim_now(), tcb->m_congState == ns3::TcpSocketState::CA_OPEN);
  publish(*tcb);
}

std::uint32_t TcpBbr::GetSsThresh(ns3::Ptr<const ns3::TcpSocketState> tcb, std::uint32_t) {
  return tcb->m_ssThresh.Get();
}

}  // namespace dwcp::sim
