// LinuxTcpSocket: what arrives. Acknowledgements drive the scoreboard, the loss state and the congestion control.
#include <ns3/inet-socket-address.h>
#include <ns3/packet.h>
#include <ns3/rtt-estimator.h>
#include <ns3/tcp-congestion-ops.h>
#include <ns3/tcp-header.h>
#include <ns3/tcp-l4-protocol.h>
#include <ns3/tcp-option-sack.h>
#include <ns3/tcp-tx-buffer.h>

#include <array>

#include "sim/tcp/clock.hpp"
#include "sim/tcp/socket.hpp"

namespace dwcp::sim {
namespace {

using State = ns3::TcpSocketState;

constexpr Duration persist_first = std::chrono::milliseconds(250);

std::uint32_t clamp32(std::uint64_t v) { return static_cast<std::uint32_t>(std::min<std::uint64_t>(v, ~0u)); }

}  // namespace

void LinuxTcpSocket::DoForwardUp(ns3::Ptr<ns3::Packet> packet, const ns3::Address& from, const ns3::Address& to) {
  const ns3::Ptr<LinuxTcpSocket> keep(this);  // a callback may drop the last reference
  if (m_state == LISTEN && refuse_stray(packet, from, to)) return;
  if (!intercept(packet)) TcpSocketBase::DoForwardUp(packet, from, to);
  if (m_rWnd.Get() != 0) m_persistTimeout = to_ns3(persist_first);
  // The base class cancels the FIN's timer when the window closes.
  const bool fin_sent = m_state == FIN_WAIT_1 || m_state == CLOSING || m_state == LAST_ACK;
  if (fin_sent && !fin_acknowledged_ && m_retxEvent.IsExpired()) SendEmptyPacket(ns3::TcpHeader::FIN);
  transmit();
}

// A segment of a connection that this machine has forgotten (its process died without a word) reaches the listener that
// came after it. A kernel answers RST (RFC 9293, 3.10.7.2); ns-3 says nothing, and the peer would go on trying.
bool LinuxTcpSocket::refuse_stray(const ns3::Ptr<ns3::Packet>& packet, const ns3::Address& from,
                                  const ns3::Address& to) {
  ns3::TcpHeader stray;
  packet->PeekHeader(stray);
  const auto flags = stray.GetFlags();
  if (!(flags & ns3::TcpHeader::ACK) || (flags & ns3::TcpHeader::RST)) return false;
  ns3::TcpHeader reset;
  reset.SetFlags(ns3::TcpHeader::RST);
  reset.SetSequenceNumber(stray.GetAckNumber());
  reset.SetSourcePort(stray.GetDestinationPort());
  reset.SetDestinationPort(stray.GetSourcePort());
  m_tcp->SendPacket(ns3::Create<ns3::Packet>(), reset, ns3::InetSocketAddress::ConvertFrom(to).GetIpv4(),
                    ns3::InetSocketAddress::ConvertFrom(from).GetIpv4());
  return true;
}

// The states in which ns-3 goes wrong: a refused connection (RST+ACK) is ignored, any ACK at all is taken for that of
// the FIN, so that what is still in flight is forgotten, and a FIN whose ACK was lost is never acknowledged again. True
// when the packet was dealt with.
bool LinuxTcpSocket::intercept(const ns3::Ptr<ns3::Packet>& packet) {
  const bool last = m_state == LAST_ACK || m_state == CLOSING;
  if (m_state != SYN_SENT && m_state != CLOSE_WAIT && m_state != TIME_WAIT && !last) return false;
  ns3::TcpHeader header;
  packet->PeekHeader(header);
  if (m_state == SYN_SENT) {
    if (!(header.GetFlags() & ns3::TcpHeader::RST)) return false;
    m_state = CLOSED;
    NotifyConnectionFailed();
    DeallocateEndPoint();
    return true;
  }
  const bool fin = header.GetFlags() & ns3::TcpHeader::FIN;
  if (fin && header.GetSequenceNumber() < m_tcb->m_rxBuffer->NextRxSequence()) send_acknowledgement();
  if (!last || !(header.GetFlags() & ns3::TcpHeader::ACK) || header.GetFlags() & ns3::TcpHeader::RST) return false;
  if (header.GetAckNumber() > m_tcb->m_highTxMark) return false;
  packet->RemoveHeader(header);
  UpdateWindowSize(header);
  ReceivedAck(packet, header);
  return true;
}

void LinuxTcpSocket::EstimateRtt(const ns3::TcpHeader& header) {
  if (m_state != SYN_SENT && m_state != SYN_RCVD) return;
  TcpSocketBase::EstimateRtt(header);
  if (header.GetFlags() & ns3::TcpHeader::ACK) handshake_rtt_ = sim_now() - syn_at_;
  if (m_tcb->m_lastRtt.Get().IsStrictlyPositive()) rto_.sample(to_duration(m_tcb->m_lastRtt.Get()));
}

void LinuxTcpSocket::ReceivedAck(ns3::Ptr<ns3::Packet> packet, const ns3::TcpHeader& header) {
  if (header.GetAckNumber() >= m_txBuffer->HeadSequence()) {
    const Bytes prior_in_flight = board_.in_flight();
    const auto delivery = take_acknowledgement(header);
    if (delivery.rtt) take_rtt(*delivery.rtt);
    const Bytes lost = board_.detect_losses(sim_now(), in_loss_episode());
    BytesInFlight();
    update_loss_state();
    control_congestion(delivery, lost, prior_in_flight);
    if (delivery.acknowledged > Bytes(0)) {
      timeouts_ = 0;
      rto_from_ = sim_now();
    }
    if (GetTxAvailable() > 0) NotifySend(GetTxAvailable());
  }
  if (packet->GetSize() > 0) ReceivedData(packet, header);
}

Scoreboard::Delivery LinuxTcpSocket::take_acknowledgement(const ns3::TcpHeader& header) {
  const auto head = m_txBuffer->HeadSequence();
  const auto ack = header.GetAckNumber();
  std::array<Scoreboard::Range, sack_blocks_max + 1> blocks;  // one more without a timestamp
  std::size_t count = 0;
  if (header.HasOption(ns3::TcpOption::SACK)) {
    const auto option = ns3::DynamicCast<const ns3::TcpOptionSack>(header.GetOption(ns3::TcpOption::SACK));
    for (const auto& [begin, end] : option->GetSackList())
      if (count < blocks.size() && begin >= head && end > begin)
        blocks[count++] = {board_.una() + static_cast<std::uint32_t>(begin - head),
                           board_.una() + static_cast<std::uint32_t>(end - head)};
  }
  const std::uint64_t una = board_.una() + static_cast<std::uint32_t>(ack - head);
  if (una > board_.next() && ack > m_tcb->m_highTxMark) {
    fin_acknowledged_ = true;
    m_tcb->m_nextTxSequence = ack;
    m_retxEvent.Cancel();
  }
  const auto delivery = board_.acknowledge(una, std::span(blocks.data(), count), sim_now());
  while (payloads_.size() > board_.end_index() - board_.first_index()) payloads_.pop_front();
  m_txBuffer->DiscardUpTo(ack);
  m_tcb->m_lastAckedSeq = ack;
  m_tcb->m_lastAckedSackedBytes = clamp32(delivery.delivered.value);
  return delivery;
}

void LinuxTcpSocket::take_rtt(Duration rtt) {
  rto_.sample(rtt);
  m_rtt->Measurement(to_ns3(rtt));  // the base class times SYN and FIN with it
  m_tcb->m_lastRtt = to_ns3(rtt);
  m_tcb->m_minRtt = std::min(m_tcb->m_minRtt, to_ns3(rtt));
}

bool LinuxTcpSocket::in_loss_episode() const {
  return m_tcb->m_congState == State::CA_RECOVERY || m_tcb->m_congState == State::CA_LOSS;
}

void LinuxTcpSocket::set_state(CongestionState state) {
  if (m_tcb->m_congState == state) return;
  m_congestionControl->CongestionStateSet(m_tcb, state);
  m_tcb->m_congState = state;
}

void LinuxTcpSocket::update_loss_state() {
  if (in_loss_episode() && board_.una() >= recovery_point_) {
    if (m_tcb->m_congState == State::CA_RECOVERY && !m_congestionControl->HasCongControl())
      m_tcb->m_cWnd = m_tcb->m_ssThresh.Get();
    m_congestionControl->CwndEvent(m_tcb, State::CA_EVENT_COMPLETE_CWR);
    set_state(State::CA_OPEN);
  }
  if (in_loss_episode()) return;
  if (board_.any_lost())
    enter_recovery();
  else
    set_state(board_.sacked_segments() > 0 ? State::CA_DISORDER : State::CA_OPEN);
}

void LinuxTcpSocket::enter_recovery() {
  recovery_point_ = board_.next();
  m_tcb->m_ssThresh = m_congestionControl->GetSsThresh(m_tcb, BytesInFlight());
  reduction_.start(window(), Bytes(m_tcb->m_ssThresh.Get()));
  set_state(State::CA_RECOVERY);
}

void LinuxTcpSocket::control_congestion(const Scoreboard::Delivery& d, Bytes newly_lost, Bytes prior_in_flight) {
  if (d.rate_interval > Duration::zero()) delivery_rate_ = rate_of(d.rate_delivered, d.rate_interval);
  if (m_congestionControl->HasCongControl()) {
    ns3::TcpRateOps::TcpRateConnection connection;
    connection.m_delivered = board_.delivered().value;
    ns3::TcpRateOps::TcpRateSample sample;
    sample.m_ackedSacked = clamp32(d.delivered.value);
    sample.m_bytesLoss = clamp32(newly_lost.value);
    sample.m_priorInFlight = clamp32(prior_in_flight.value);
    sample.m_interval = to_ns3(d.rate_interval);
    sample.m_delivered = static_cast<std::int32_t>(d.rate_delivered.value);
    sample.m_isAppLimited = d.app_limited;
    sample.m_deliveryRate = ns3::DataRate(delivery_rate_.value);
    m_congestionControl->CongControl(m_tcb, connection, sample);
    return;
  }
  const auto segments = static_cast<std::uint32_t>(d.segments);
  if (segments > 0) m_congestionControl->PktsAcked(m_tcb, segments, to_ns3(d.rtt.value_or(Duration::zero())));
  if (m_tcb->m_congState == State::CA_RECOVERY) {
    const bool progress = d.acknowledged > Bytes(0) && newly_lost == Bytes(0);
    m_tcb->m_cWnd = clamp32(reduction_.window(board_.in_flight(), d.delivered, progress, segment_size()).value);
  } else if (segments > 0) {
    const bool slow_start = m_tcb->m_cWnd < m_tcb->m_ssThresh;
    const bool half_used = m_tcb->m_cWnd < 2 * segments_out_max_ * m_tcb->m_segmentSize;
    if (window_limited_ || (slow_start && half_used)) m_congestionControl->IncreaseWindow(m_tcb, segments);
  }
  m_tcb->m_cWndInfl = m_tcb->m_cWnd.Get();
}

}  // namespace dwcp::sim
