#include "sim/tcp/socket.hpp"

#include <ns3/ipv4-end-point.h>
#include <ns3/ipv6-end-point.h>
#include <ns3/packet.h>
#include <ns3/tcp-header.h>
#include <ns3/tcp-l4-protocol.h>
#include <ns3/tcp-option-sack.h>
#include <ns3/tcp-tx-buffer.h>

#include <algorithm>

#include "sim/tcp/bbr.hpp"
#include "sim/tcp/clock.hpp"

namespace dwcp::sim {
namespace {

constexpr double burst_time = 0.001;  // seconds of the pacing rate that leave back to back
constexpr std::uint64_t burst_max = 65536;
constexpr std::uint64_t initial_window_segments = 10;

}  // namespace

NS_OBJECT_ENSURE_REGISTERED(LinuxTcpSocket);

ns3::TypeId LinuxTcpSocket::GetTypeId() {
  static ns3::TypeId id = ns3::TypeId("dwcp::sim::LinuxTcpSocket")
                              .SetParent<ns3::TcpSocketBase>()
                              .SetGroupName("Internet")
                              .AddConstructor<LinuxTcpSocket>();
  return id;
}

LinuxTcpSocket::LinuxTcpSocket(const LinuxTcpSocket& listener)
    : TcpSocketBase(listener), unsent_max_(listener.unsent_max_) {}

LinuxTcpSocket::~LinuxTcpSocket() {
  timer_.Cancel();
  pacing_timer_.Cancel();
  transmit_event_.Cancel();
}

ns3::Ptr<ns3::TcpSocketBase> LinuxTcpSocket::Fork() { return ns3::CopyObject<LinuxTcpSocket>(this); }

std::uint64_t LinuxTcpSocket::unsent() const {
  const std::uint64_t held = m_txBuffer->Size(), sent = board_.next() - board_.una();
  return held > sent ? held - sent : 0;
}

std::uint32_t LinuxTcpSocket::GetTxAvailable() const {
  const std::uint64_t waiting = unsent();
  const std::uint64_t room = waiting < unsent_max_.value ? unsent_max_.value - waiting : 0;
  const std::uint64_t free = std::min<std::uint64_t>(room, m_txBuffer->Available());
  return static_cast<std::uint32_t>(free - free % segment_size().value);
}

std::uint32_t LinuxTcpSocket::BytesInFlight() const {
  const auto bytes = static_cast<std::uint32_t>(board_.in_flight().value);
  m_tcb->m_bytesInFlight = bytes;
  return bytes;
}

int LinuxTcpSocket::Send(ns3::Ptr<ns3::Packet> packet, std::uint32_t flags) {
  if (unsent() < segment_size().value && board_.in_flight() < window() && !board_.any_lost()) board_.mark_app_limited();
  const int taken = TcpSocketBase::Send(packet, flags);
  if (taken > 0) schedule_transmit();
  return taken;
}

// Not at once: the writer may have more to add to the same segment.
void LinuxTcpSocket::schedule_transmit() {
  if (!transmit_event_.IsRunning()) transmit_event_ = ns3::Simulator::ScheduleNow(&LinuxTcpSocket::transmit, this);
}

bool LinuxTcpSocket::may_transmit() const {
  if (!m_endPoint && !m_endPoint6) return false;
  switch (m_state.Get()) {
    case ESTABLISHED:
    case CLOSE_WAIT:
    case FIN_WAIT_1:
    case CLOSING:
    case LAST_ACK:
      return true;
    default:
      return false;
  }
}

void LinuxTcpSocket::transmit() {
  if (!may_transmit()) return;
  while (transmit_one()) {
  }
  schedule_timer();
  // Pacing may drain what is unsent between two acknowledgements.
  if (unsent() < unsent_max_.value / 2 && GetTxAvailable() > 0) NotifySend(GetTxAvailable());
  if (m_closeOnEmpty && unsent() == 0) finish_sending();
}

// Sends the next segment that may leave: a lost one first, else a new one.
bool LinuxTcpSocket::transmit_one() {
  const auto lost = board_.first_lost();
  const std::uint64_t waiting = unsent();
  if (!lost && waiting == 0) return false;
  if (paced_out()) return false;
  std::uint64_t size = lost ? board_.at(*lost).length : std::min<std::uint64_t>(segment_size().value, waiting);
  const Bytes in_flight = board_.in_flight();
  if (in_flight + Bytes(size) > window() && in_flight > Bytes(0)) {
    note_window_use(true);
    return false;
  }
  if (lost) {
    if (board_.in_flight() == Bytes(0)) m_congestionControl->CwndEvent(m_tcb, ns3::TcpSocketState::CA_EVENT_TX_START);
    board_.resend(*lost, sim_now());
    ++retransmitted_;
    if (*lost == board_.first_index()) rto_from_ = sim_now();
    send_segment(*lost);
    return true;
  }
  const std::uint64_t edge = board_.una() + m_rWnd.Get();
  const std::uint64_t room = edge > board_.next() ? edge - board_.next() : 0;
  if (room < size) {
    // Less than a segment only when nothing else could ever bring the rest of the window (silly window syndrome).
    if (room == 0 || !board_.empty()) return false;
    size = room;
  }
  send_new(static_cast<std::uint32_t>(size));
  return true;
}

void LinuxTcpSocket::send_new(std::uint32_t size) {
  if (board_.in_flight() == Bytes(0)) {
    restart_after_idle();
    m_congestionControl->CwndEvent(m_tcb, ns3::TcpSocketState::CA_EVENT_TX_START);
  }
  const auto sequence = m_txBuffer->HeadSequence() + static_cast<std::uint32_t>(board_.next() - board_.una());
  payloads_.push_back(m_txBuffer->CopyFromSequence(size, sequence)->GetPacketCopy());
  if (board_.empty()) rto_from_ = sim_now();
  board_.send(payloads_.back()->GetSize(), sim_now());
  last_new_send_ = sim_now();
  m_tcb->m_highTxMark = sequence + payloads_.back()->GetSize();
  m_tcb->m_nextTxSequence = m_tcb->m_highTxMark.Get();
  note_window_use(false);
  send_segment(board_.end_index() - 1);
  NotifyDataSent(payloads_.back()->GetSize());
}

void LinuxTcpSocket::send_segment(std::uint64_t index) {
  const Scoreboard::Segment& s = board_.at(index);
  const auto offset = static_cast<std::uint32_t>(s.begin - board_.una());
  ++sent_;
  if (in_loss_episode()) reduction_.on_sent(Bytes(s.length));
  account_pacing(s.length);
  BytesInFlight();
  send_packet(payloads_[index - board_.first_index()]->Copy(), m_txBuffer->HeadSequence() + offset);
}

// ECN and socket tags are left out: nothing in the simulation looks at them.
void LinuxTcpSocket::send_packet(const ns3::Ptr<ns3::Packet>& packet, ns3::SequenceNumber32 sequence, bool with_sack) {
  m_delAckEvent.Cancel();
  m_delAckCount = 0;
  ns3::TcpHeader header;
  header.SetFlags(ns3::TcpHeader::ACK);
  header.SetSequenceNumber(sequence);
  header.SetAckNumber(m_tcb->m_rxBuffer->NextRxSequence());
  header.SetWindowSize(AdvertisedWindowSize(true));
  AddOptions(header);
  if (with_sack && !recent_runs_.empty()) {
    auto sack = ns3::CreateObject<ns3::TcpOptionSack>();
    const auto next = m_tcb->m_rxBuffer->NextRxSequence();
    for (const auto& run : recent_runs_)
      sack->AddSackBlock({next + static_cast<std::uint32_t>(run.begin - receive_next_),
                          next + static_cast<std::uint32_t>(run.end - receive_next_)});
    header.AppendOption(sack);
  }
  if (m_endPoint) {
    header.SetSourcePort(m_endPoint->GetLocalPort());
    header.SetDestinationPort(m_endPoint->GetPeerPort());
    m_txTrace(packet, header, this);
    m_tcp->SendPacket(packet, header, m_endPoint->GetLocalAddress(), m_endPoint->GetPeerAddress(), m_boundnetdevice);
  } else {
    header.SetSourcePort(m_endPoint6->GetLocalPort());
    header.SetDestinationPort(m_endPoint6->GetPeerPort());
    m_txTrace(packet, header, this);
    m_tcp->SendPacket(packet, header, m_endPoint6->GetLocalAddress(), m_endPoint6->GetPeerAddress(), m_boundnetdevice);
  }
}

// True while earlier bursts are still to drain at the pacing rate; a timer then goes on.
bool LinuxTcpSocket::paced_out() {
  if (!m_tcb->m_pacing) return false;
  if (pacing_timer_.IsRunning()) return true;
  const double rate = static_cast<double>(std::max<std::uint64_t>(m_tcb->m_pacingRate.Get().GetBitRate(), 1)) / 8;
  const double quantum = std::clamp(rate * burst_time, 2.0 * m_tcb->m_segmentSize,
                                    static_cast<double>(std::max(burst_max, 2ul * m_tcb->m_segmentSize)));
  const TimePoint now = sim_now();
  if (pacing_next_ < now + from_seconds(std::min(quantum / rate, 1.0))) return false;
  // However low the rate that the controller believes in, something leaves every round trip.
  Duration gap = pacing_next_ - now;
  if (rto_.smoothed() > Duration::zero()) gap = std::min(gap, rto_.smoothed());
  pacing_timer_ = ns3::Simulator::Schedule(to_ns3(gap), &LinuxTcpSocket::transmit, this);
  pacing_next_ = now + gap;
  return true;
}

void LinuxTcpSocket::account_pacing(std::uint32_t size) {
  if (!m_tcb->m_pacing) return;
  const BitRate rate(std::max<std::uint64_t>(m_tcb->m_pacingRate.Get().GetBitRate(), 1));
  pacing_next_ = std::max(pacing_next_, sim_now()) + transfer_time(Bytes(size), rate);
}

// A window that was not used for longer than a timeout no longer says what the path can take (RFC 5681 section 4.1).
void LinuxTcpSocket::restart_after_idle() {
  if (m_congestionControl->HasCongControl() || last_new_send_ == TimePoint{} || !board_.empty()) return;
  const Duration timeout = rto_.timeout(to_duration(m_minRto), 0);
  Duration idle = sim_now() - last_new_send_;
  if (idle <= timeout) return;
  const Bytes floor = std::min(window(), segment_size() * initial_window_segments);
  Bytes w = window();
  m_tcb->m_ssThresh = std::max(m_tcb->m_ssThresh.Get(), static_cast<std::uint32_t>((w * 3 / 4).value));
  for (; idle > timeout && w > floor; idle -= timeout) w = w / 2;
  m_tcb->m_cWnd = static_cast<std::uint32_t>(std::max(w, floor).value);
}

void LinuxTcpSocket::note_window_use(bool limited) {
  const std::size_t out = static_cast<std::size_t>(board_.end_index() - board_.first_index());
  const bool new_period = board_.una() >= window_use_ends_;
  if (!new_period && !limited && (window_limited_ || out <= segments_out_max_)) return;
  window_limited_ = limited;
  segments_out_max_ = out;
  window_use_ends_ = board_.next();
}

// All data has left: the FIN may follow even though not all is acknowledged.
void LinuxTcpSocket::finish_sending() {
  if (m_state == ESTABLISHED || m_state == CLOSE_WAIT) DoClose();
}

int LinuxTcpSocket::ShutdownSend() {
  const int result = TcpSocketBase::ShutdownSend();
  if (unsent() == 0) finish_sending();
  return result;
}

// As Linux does it (tcp_set_congestion_control, bbr_init): the window stays, BBR forgets the threshold, and whoever
// follows it slow-starts from there. In the midst of a loss episode a threshold has to be found for those that end one
// by it.
void LinuxTcpSocket::change_congestion(const ns3::Ptr<ns3::TcpCongestionOps>& algorithm) {
  pacing_timer_.Cancel();
  pacing_next_ = sim_now();
  m_tcb->m_pacing = false;  // until the algorithm asks for it
  SetCongestionControlAlgorithm(algorithm);
  if (algorithm->HasCongControl()) m_tcb->m_ssThresh = ~std::uint32_t{0};
  if (in_loss_episode()) {
    m_tcb->m_ssThresh = algorithm->GetSsThresh(m_tcb, BytesInFlight());
    reduction_.start(window(), Bytes(m_tcb->m_ssThresh.Get()));
  }
  algorithm->CongestionStateSet(m_tcb, m_tcb->m_congState);
  schedule_transmit();
}

platform::PathSample LinuxTcpSocket::path_sample() const {
  platform::PathSample sample;
  sample.rtt_smoothed = rto_.smoothed();
  sample.rtt_min = std::max(board_.min_rtt(), Duration::zero());
  sample.delivery_rate = delivery_rate_;
  sample.congestion_window = window();
  sample.unacknowledged = Bytes(board_.next() - board_.una());
  sample.unsent = Bytes(unsent());
  sample.segments_sent = sent_;
  sample.segments_retransmitted = retransmitted_;
  const bool bbr = ns3::DynamicCast<TcpBbr>(m_congestionControl) != nullptr;
  sample.congestion = bbr ? platform::CongestionControl::bbr : platform::CongestionControl::cubic;
  return sample;
}

}  // namespace dwcp::sim
