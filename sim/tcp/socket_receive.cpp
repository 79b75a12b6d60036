// LinuxTcpSocket: receiving data. Reassembly in O(log n) where ns-3 scans all that waits behind a hole, delayed and
// selective acknowledgements as Linux sends them, and the window that reading opens again.
#include <ns3/packet.h>
#include <ns3/tcp-header.h>

#include "sim/tcp/clock.hpp"
#include "sim/tcp/socket.hpp"

namespace dwcp::sim {
namespace {

ns3::Ptr<ns3::Packet> without_front(const ns3::Ptr<ns3::Packet>& packet, std::uint64_t size) {
  const auto from = static_cast<std::uint32_t>(size);
  return packet->CreateFragment(from, packet->GetSize() - from);
}

}  // namespace

std::uint32_t LinuxTcpSocket::receive_room() const {
  const std::uint32_t bound = m_tcb->m_rxBuffer->MaxBufferSize();
  return bound > ready_size_ ? bound - ready_size_ : 0;
}

void LinuxTcpSocket::ReceivedData(ns3::Ptr<ns3::Packet> packet, const ns3::TcpHeader& header) {
  const auto next = m_tcb->m_rxBuffer->NextRxSequence();
  const std::int64_t ahead = header.GetSequenceNumber() - next;
  const std::int64_t end = ahead + packet->GetSize();
  const bool nothing_new = end <= 0 || m_tcb->m_rxBuffer->Finished();
  if (nothing_new || end > receive_room()) {  // a copy, a window probe, or beyond what was offered
    acknowledge_in_time(true);
    return;
  }
  if (ahead > 0) {
    keep_early(receive_next_ + static_cast<std::uint64_t>(ahead), packet);
    acknowledge_in_time(true);
    return;
  }
  const std::uint64_t before = receive_next_;
  take_in_order(ahead < 0 ? without_front(packet, static_cast<std::uint64_t>(-ahead)) : packet);
  const bool filled_hole = receive_next_ - before > static_cast<std::uint64_t>(end);
  const auto fin_at = m_tcb->m_rxBuffer->MaxRxSequence();
  m_tcb->m_rxBuffer->SetNextRxSequence(next + static_cast<std::uint32_t>(receive_next_ - before));
  if (m_tcb->m_rxBuffer->GotFin() && m_tcb->m_rxBuffer->NextRxSequence() == fin_at)
    m_tcb->m_rxBuffer->SetFinSequence(fin_at);  // moves on past the FIN
  if (!m_shutdownRecv) NotifyDataRecv();
  const bool fin_is_here = header.GetFlags() & ns3::TcpHeader::FIN;
  if (m_tcb->m_rxBuffer->Finished() && !fin_is_here && m_state == ESTABLISHED)
    DoPeerClose();
  else
    acknowledge_in_time(filled_hole || !early_.empty());
}

// Takes the packet and all that it connects to.
void LinuxTcpSocket::take_in_order(ns3::Ptr<ns3::Packet> packet) {
  for (;;) {
    receive_next_ += packet->GetSize();
    ready_size_ += packet->GetSize();
    ready_.push_back(std::move(packet));
    while (!early_.empty() && early_.begin()->first + early_.begin()->second->GetSize() <= receive_next_)
      early_.erase(early_.begin());
    if (early_.empty() || early_.begin()->first > receive_next_) break;
    packet = without_front(early_.begin()->second, receive_next_ - early_.begin()->first);
    early_.erase(early_.begin());
  }
  while (!early_runs_.empty() && early_runs_.begin()->second <= receive_next_) early_runs_.erase(early_runs_.begin());
  std::erase_if(recent_runs_, [this](const Scoreboard::Range& r) { return r.end <= receive_next_; });
}

void LinuxTcpSocket::keep_early(std::uint64_t begin, const ns3::Ptr<ns3::Packet>& packet) {
  auto& kept = early_[begin];
  if (!kept || kept->GetSize() < packet->GetSize()) kept = packet;
  std::uint64_t end = begin + packet->GetSize();
  auto run = early_runs_.upper_bound(begin);
  if (run != early_runs_.begin() && std::prev(run)->second >= begin) --run;
  while (run != early_runs_.end() && run->first <= end) {
    begin = std::min(begin, run->first);
    end = std::max(end, run->second);
    run = early_runs_.erase(run);
  }
  early_runs_.emplace(begin, end);
  std::erase_if(recent_runs_, [&](const Scoreboard::Range& r) { return r.begin >= begin && r.end <= end; });
  recent_runs_.push_front({begin, end});
  if (recent_runs_.size() > sack_blocks_max) recent_runs_.pop_back();
}

void LinuxTcpSocket::acknowledge_in_time(bool at_once) {
  if (quick_acks_ > 0) {
    --quick_acks_;
    at_once = true;
  }
  if (at_once || ++m_delAckCount >= m_delAckMaxCount)
    send_acknowledgement();
  else if (m_delAckEvent.IsExpired())
    m_delAckEvent = ns3::Simulator::Schedule(m_delAckTimeout, &LinuxTcpSocket::DelAckTimeout, this);
}

void LinuxTcpSocket::send_acknowledgement() {
  if (!m_endPoint && !m_endPoint6) return;
  const bool fin_under_way = m_state == FIN_WAIT_1 || m_state == LAST_ACK || m_state == CLOSING;
  const bool after_fin = fin_under_way && !fin_acknowledged_;
  m_highTxAck = std::max(m_highTxAck, m_tcb->m_rxBuffer->NextRxSequence());
  send_packet(ns3::Create<ns3::Packet>(), m_tcb->m_nextTxSequence.Get() + (after_fin ? 1 : 0), true);
}

std::uint16_t LinuxTcpSocket::AdvertisedWindowSize(bool scale) const {
  const std::uint32_t room = receive_room();
  advertised_edge_ = receive_next_ + room;
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(scale ? room >> m_rcvWindShift : room, m_maxWinSize));
}

std::uint32_t LinuxTcpSocket::GetRxAvailable() const { return ready_size_; }

// Reading may open the window again: the sender is told when it has at least doubled, as in Linux. ns-3 never tells,
// and the sender would wait for its next probe.
ns3::Ptr<ns3::Packet> LinuxTcpSocket::Recv(std::uint32_t max_size, std::uint32_t) {
  if (ready_.empty()) return m_tcb->m_rxBuffer->Finished() ? ns3::Create<ns3::Packet>() : nullptr;
  auto packet = ready_.front();
  if (packet->GetSize() <= max_size) {
    ready_.pop_front();
  } else {
    ready_.front() = without_front(packet, max_size);
    packet = packet->CreateFragment(0, max_size);
  }
  ready_size_ -= packet->GetSize();
  const std::uint64_t known = advertised_edge_ > receive_next_ ? advertised_edge_ - receive_next_ : 0;
  const std::uint64_t room = receive_room();
  const bool receiving = m_state == ESTABLISHED || m_state == FIN_WAIT_1 || m_state == FIN_WAIT_2;
  if (receiving && room >= 2 * known && room >= known + 2 * segment_size().value) send_acknowledgement();
  return packet;
}

// As in Linux: closing with data unread tells the peer that it was not taken.
int LinuxTcpSocket::Close() {
  if (ready_size_ > 0 && !m_shutdownSend) {  // the base class closes by itself after a half-close: that is no refusal
    SendRST();
    return 0;
  }
  return TcpSocketBase::Close();
}

}  // namespace dwcp::sim
