// LinuxTcpSocket: its timers. One ns-3 event stands for all of them; it is moved only to an earlier time, since most
// acknowledgements move the deadlines later.
#include <ns3/packet.h>
#include <ns3/tcp-congestion-ops.h>
#include <ns3/tcp-header.h>
#include <ns3/tcp-tx-buffer.h>

#include "sim/tcp/clock.hpp"
#include "sim/tcp/socket.hpp"

namespace dwcp::sim {
namespace {

using State = ns3::TcpSocketState;

constexpr Duration probe_slack = std::chrono::milliseconds(2);
constexpr Duration persist_max = std::chrono::seconds(60);

}  // namespace

// Two round trips after the last segment (RFC 8985 section 7.2): sooner than the timeout, once a flight.
std::optional<TimePoint> LinuxTcpSocket::probe_deadline() const {
  if (board_.empty() || m_tcb->m_congState != State::CA_OPEN || timeouts_ > 0) return {};
  if (probe_end_ == board_.next() || rto_.smoothed() == Duration::zero()) return {};
  const bool one = board_.end_index() - board_.first_index() == 1;  // its acknowledgement may be a delayed one
  return std::max(rto_from_, last_new_send_) + rto_.smoothed() * 2 + (one ? to_duration(m_minRto) : probe_slack);
}

std::optional<TimePoint> LinuxTcpSocket::next_deadline() const {
  if (board_.empty()) return {};
  TimePoint at = rto_from_ + rto_.timeout(to_duration(m_minRto), timeouts_);
  if (const auto probe = probe_deadline()) at = std::min(at, *probe);
  if (const auto late = board_.loss_deadline()) at = std::min(at, *late);
  return at;
}

void LinuxTcpSocket::schedule_timer() {
  const auto at = next_deadline();
  if (!at) return;
  if (timer_.IsRunning()) {
    if (timer_at_ <= *at) return;
    timer_.Cancel();
  }
  timer_at_ = std::max(*at, sim_now());
  timer_ = ns3::Simulator::Schedule(to_ns3(timer_at_ - sim_now()), &LinuxTcpSocket::on_timer, this);
}

void LinuxTcpSocket::on_timer() {
  if (!may_transmit() || board_.empty()) return;
  const ns3::Ptr<LinuxTcpSocket> keep(this);
  const TimePoint now = sim_now();
  if (board_.loss_deadline() && *board_.loss_deadline() <= now) {
    board_.detect_losses(now, in_loss_episode());
    BytesInFlight();
    update_loss_state();
  }
  if (rto_from_ + rto_.timeout(to_duration(m_minRto), timeouts_) <= now)
    on_timeout();
  else if (const auto probe = probe_deadline(); probe && *probe <= now)
    send_tail_probe();
  transmit();
}

// Asks for an acknowledgement: with new data if there is any that may go, else with the last segment again.
void LinuxTcpSocket::send_tail_probe() {
  const bool window_open = board_.next() + segment_size().value <= board_.una() + m_rWnd.Get();
  if (unsent() > 0 && window_open) {
    send_new(static_cast<std::uint32_t>(std::min(unsent(), segment_size().value)));
  } else {
    const std::uint64_t last = board_.end_index() - 1;
    if (board_.at(last).sacked) return;
    board_.resend(last, sim_now());
    ++retransmitted_;
    send_segment(last);
  }
  probe_end_ = board_.next();
  rto_from_ = sim_now();
}

void LinuxTcpSocket::on_timeout() {
  if (++timeouts_ > m_dataRetries) {
    give_up();
    return;
  }
  const bool first = m_tcb->m_congState != State::CA_LOSS || timeouts_ == 1;
  const std::uint32_t in_flight = BytesInFlight();
  board_.mark_timed_out(sim_now());
  BytesInFlight();
  if (first) m_tcb->m_ssThresh = m_congestionControl->GetSsThresh(m_tcb, in_flight);
  m_congestionControl->CwndEvent(m_tcb, State::CA_EVENT_LOSS);
  m_congestionControl->CongestionStateSet(m_tcb, State::CA_LOSS);
  m_tcb->m_congState = State::CA_LOSS;
  m_tcb->m_cWnd = static_cast<std::uint32_t>((board_.in_flight() + segment_size()).value);
  m_tcb->m_cWndInfl = m_tcb->m_cWnd.Get();
  recovery_point_ = board_.next();
  rto_from_ = sim_now();
  pacing_timer_.Cancel();  // the retransmission leaves now, whatever the pacing rate was
  pacing_next_ = sim_now();
}

void LinuxTcpSocket::give_up() {
  timer_.Cancel();
  m_state = CLOSED;
  NotifyErrorClose();
  DeallocateEndPoint();
}

// A FIN that is not acknowledged is sent again with growing gaps, as often as data would be.
void LinuxTcpSocket::SendEmptyPacket(std::uint8_t flags) {
  if (flags == ack_flag && m_state >= ESTABLISHED) {
    send_acknowledgement();
    return;
  }
  if (flags & ns3::TcpHeader::SYN) syn_at_ = sim_now();
  const bool fin = flags & ns3::TcpHeader::FIN;
  if (fin && fins_++ > m_dataRetries) {
    give_up();
    return;
  }
  TcpSocketBase::SendEmptyPacket(flags);
  if (fin && m_retxEvent.IsRunning()) {
    m_retxEvent.Cancel();
    m_retxEvent = ns3::Simulator::Schedule(to_ns3(rto_.timeout(to_duration(m_minRto), fins_ - 1)),
                                           &LinuxTcpSocket::SendEmptyPacket, this, flags);
  }
}

// A byte that the receiver has already: it answers with its present window and keeps nothing.
void LinuxTcpSocket::PersistTimeout() {
  m_persistTimeout = std::min(to_ns3(persist_max), m_persistTimeout + m_persistTimeout);
  if (!may_transmit()) return;
  send_packet(ns3::Create<ns3::Packet>(1u), m_txBuffer->HeadSequence() - 1);
  m_persistEvent = ns3::Simulator::Schedule(m_persistTimeout, &LinuxTcpSocket::PersistTimeout, this);
}

}  // namespace dwcp::sim
