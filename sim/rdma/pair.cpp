#include "sim/rdma/pair.hpp"

#include <ns3/simulator.h>

#include <algorithm>
#include <utility>

#include "sim/tcp/clock.hpp"

namespace dwcp::sim::rdma {
namespace {

std::string name_of(const PairAddress& a) {
  std::string text = "queue pair " + std::to_string(a.number) + " at ";
  for (int shift = 24; shift >= 0; shift -= 8)
    text += std::to_string((a.host >> shift) & 0xff) + (shift > 0 ? "." : "");
  return text;
}

}  // namespace

// Pages that nobody touches cost nothing, and all read as zero.
Pair::Memory Pair::allocate(Bytes size) {
  Memory memory(static_cast<std::byte*>(std::calloc(size.value, 1)));
  if (!memory) throw Error(Errc::out_of_budget, to_string(size) + " of memory for a queue pair");
  return memory;
}

Pair::Pair(Adapter& adapter, const PairAddress& address, const PairLimits& limits, PairUser& user)
    : adapter_(adapter),
      address_(address),
      limits_(limits),
      user_(user),
      exposed_(allocate(limits.exposed)),
      own_(allocate(limits.own)) {}

Pair::~Pair() { end(); }

void Pair::connect(const PairAddress& peer) {
  if (connected_) throw Error(Errc::already_exists, "the connection of " + name_of(address_));
  route_ = adapter_.route_to(peer.host);
  if (!route_) throw Error(Errc::unreachable, "a route from '" + adapter_.machine() + "' to " + name_of(peer));
  peer_ = peer;
  port_ = &adapter_.port_of(*route_);
  line_ = port_->rate();
  requester_.emplace(path_mtu(Bytes(route_->GetOutputDevice()->GetMtu())), address_.start);
  responder_.emplace(limits_.exposed.value, address_.key, limits_.arrivals_max, peer.start);
  control_.emplace(line_, sim_now());
  connected_ = true;
}

void Pair::write(std::size_t from, std::size_t length, std::size_t to, std::uint32_t immediate) {
  if (ended_) return;
  if (!connected_) throw Error(Errc::bad_value, "a write before " + name_of(address_) + " is connected");
  if (from > limits_.own.value || length > limits_.own.value - from || length > write_length_max)
    throw Error(Errc::bad_value, "a write of " + std::to_string(length) + " B from offset " + std::to_string(from) +
                                     ": own memory has " + std::to_string(limits_.own.value) +
                                     " B, and a write at most " + std::to_string(write_length_max) + " B");
  if (requester_->posted() >= limits_.writes_max)
    throw Error(Errc::out_of_budget,
                "a write beyond the " + std::to_string(limits_.writes_max) + " that " + name_of(address_) + " posts");
  requester_->post(from, length, to, immediate);
  send_when_due();
}

void Pair::end() {
  if (std::exchange(ended_, true)) return;
  if (std::exchange(pace_armed_, false)) ns3::Simulator::Remove(pace_event_);
  if (std::exchange(timer_armed_, false)) ns3::Simulator::Remove(timer_event_);
  if (std::exchange(waiting_, false)) port_->withdraw(*this);
  adapter_.forget(*this);
}

void Pair::fail(const Failure& failure) {
  if (ended_) return;
  end();
  user_.failed(failure);
}

BitRate Pair::rate() {
  if (const BitRate now = port_->rate(); now != line_) control_->set_line(line_ = now);
  return control_->rate(sim_now());
}

// ---- sending

void Pair::send_when_due() {
  if (ended_ || pace_armed_ || waiting_ || !requester_->has_packet()) return;
  const TimePoint now = sim_now();
  if (now >= free_at_) {
    waiting_ = true;
    return port_->request(*this);
  }
  pace_armed_ = true;
  pace_event_ = ns3::Simulator::Schedule(to_ns3(free_at_ - now), [this] {
    pace_armed_ = false;
    send_when_due();
  });
}

// The time that the burst takes is summed up packet by packet, rounded as the link rounds it: at the link's rate
// exactly no queue may grow.
void Pair::send_burst() {
  waiting_ = false;
  const TimePoint now = sim_now();
  const BitRate pace = rate();
  if (requester_->unacknowledged() == 0) deadline_ = now + adapter_.timeout();
  Duration taken{0};
  for (unsigned packets = 0; packets < burst_packets_max && taken < burst_time && requester_->has_packet(); ++packets) {
    Requester::Outgoing out = requester_->next();
    out.header.destination = peer_.number;
    out.header.key = peer_.key;
    const Bytes size = adapter_.send(route_, out.header, ByteSpan(own()).subspan(out.from, out.length), true);
    taken += transfer_time(size, pace);
    control_->on_sent(size, now);
    ++adapter_.counters_.packets;
    if (out.repeated) ++adapter_.counters_.repeated;
  }
  free_at_ = now + std::max(taken, Duration(1));
  start_timer(now);
  send_when_due();
}

void Pair::start_timer(TimePoint now) {
  if (timer_armed_) return;
  timer_armed_ = true;
  timer_event_ = ns3::Simulator::Schedule(to_ns3(deadline_ - now), [this] { timer_expired(); });
}

// Answers move the deadline and leave the event where it is: one event for each period instead of one for each answer.
void Pair::timer_expired() {
  timer_armed_ = false;
  if (requester_->unacknowledged() == 0) return;
  const TimePoint now = sim_now();
  if (now < deadline_) {
    timer_armed_ = true;
    timer_event_ = ns3::Simulator::Schedule(to_ns3(deadline_ - now), [this] { timer_expired(); });
    return;
  }
  ++adapter_.counters_.timeouts;
  go_back();
}

// An attempt that brought nothing new counts; loss by itself does not change the rate: DCQCN answers marks only, and a
// queue that overflows has marked all packets before.
void Pair::go_back() {
  if (retries_++ == (answered_ ? retries_max : retries_before_answer_max)) return give_up();
  requester_->go_back();
  deadline_ = sim_now() + adapter_.timeout();
  send_when_due();
}

void Pair::give_up() {
  fail({Errc::unreachable, "retry count exceeded: " + name_of(peer_) + " did not answer " + std::to_string(retries_) +
                               " times, " + to_string(adapter_.timeout()) + " each"});
}

// ---- receiving

void Pair::receive(const Header& header, const ns3::Packet& payload, bool marked) {
  if (!connected_) return;  // as before the state "ready to receive": dropped, and sent again by the peer
  switch (header.opcode) {
    case Opcode::acknowledge:
      return receive_answer(header);
    case Opcode::congestion:
      return control_->on_notification(sim_now());
    default:
      return receive_write(header, payload, marked);
  }
}

void Pair::receive_write(const Header& header, const ns3::Packet& payload, bool marked) {
  if (marked) notify(sim_now());
  const auto verdict = responder_->take(header, payload.GetSize());
  if (verdict.store) payload.CopyData(reinterpret_cast<std::uint8_t*>(exposed_.get() + verdict.at), payload.GetSize());
  if (verdict.answer) answer(*verdict.answer);
  if (verdict.arrived) user_.arrived(header.immediate);
  if (verdict.fatal) refused(*verdict.answer);
}

void Pair::notify(TimePoint now) {
  if (notified_at_ && now - *notified_at_ < notification_interval) return;
  notified_at_ = now;
  ++adapter_.counters_.notifications;
  Header header;
  header.opcode = Opcode::congestion;
  header.destination = peer_.number;
  adapter_.send(route_, header, {}, false);
}

void Pair::answer(Syndrome syndrome) {
  ++(syndrome == Syndrome::acknowledged ? adapter_.counters_.acknowledged : adapter_.counters_.gaps);
  Header header;
  header.opcode = Opcode::acknowledge;
  header.destination = peer_.number;
  header.syndrome = syndrome;
  header.messages = responder_->messages();
  // An acknowledgement names the last packet that is here, a refusal the one that is wanted.
  header.psn = (responder_->expected() - (syndrome == Syndrome::acknowledged ? 1 : 0)) & psn_mask;
  adapter_.send(route_, header, {}, false);
}

void Pair::refused(Syndrome why) {
  const std::string who = "the peer, " + name_of(peer_) + ", ";
  if (why == Syndrome::access_error)
    return fail({Errc::protocol_error, who + "wrote outside of the " + to_string(limits_.exposed) +
                                           " that are exposed, or with a wrong key"});
  if (why == Syndrome::not_ready)
    return fail({Errc::protocol_error,
                 who + "wrote more than the " + std::to_string(limits_.arrivals_max) + " that may be unreported"});
  fail({Errc::protocol_error, who + "sent packets that make up no write"});
}

void Pair::receive_answer(const Header& header) {
  answered_ = true;
  const bool positive = header.syndrome == Syndrome::acknowledged;
  const bool news = requester_->acknowledge(positive ? (header.psn + 1) & psn_mask : header.psn);
  if (news) progressed();
  if (positive) return send_when_due();
  if (!requester_->is_oldest(header.psn)) return;  // of the past
  switch (header.syndrome) {
    case Syndrome::sequence_error:
      return go_back();
    case Syndrome::access_error:
      return fail({Errc::protocol_error, "remote access error: " + name_of(peer_) + " refused a write to offset " +
                                             std::to_string(requester_->oldest().to) + " of " +
                                             std::to_string(requester_->oldest().length) + " B; it exposes " +
                                             std::to_string(peer_.exposed.value) + " B"});
    case Syndrome::not_ready:
      return fail({Errc::protocol_error,
                   "receiver not ready: " + name_of(peer_) + " has not reported as many writes as it may hold"});
    default:
      return fail({Errc::protocol_error, "invalid request: " + name_of(peer_) + " could not make sense of a write"});
  }
}

void Pair::progressed() {
  retries_ = 0;
  deadline_ = sim_now() + adapter_.timeout();
  while (requester_->take_completed()) user_.written();
}

}  // namespace dwcp::sim::rdma
