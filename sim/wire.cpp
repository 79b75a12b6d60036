#include "sim/wire.hpp"

#include <ns3/ipv4-header.h>
#include <ns3/simulator.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/error.hpp"

namespace dwcp::sim {
namespace {

constexpr Duration queue_time_default_min = std::chrono::milliseconds(5);
// A queue shorter than a few packets would drop what no real device drops.
constexpr std::uint64_t queue_packets_min = 4;

enum What : std::uint64_t { delivered = 1, lost = 2, overflow = 3, was_cut = 4, marked = 5 };

constexpr std::uint16_t ipv4_protocol = 0x0800;

}  // namespace

void check(const WireOptions& o) {
  if (o.rate.value == 0) throw Error(Errc::bad_value, "link rate 0 bit/s: must be above 0; to stop a link, cut it");
  if (o.delay < Duration::zero())
    throw Error(Errc::bad_value, "link delay " + dwcp::to_string(o.delay) + ": must be >= 0");
  if (o.jitter < Duration::zero() || o.jitter > o.delay)
    throw Error(Errc::bad_value, "link jitter " + dwcp::to_string(o.jitter) + ": must be 0 to the delay, " +
                                     dwcp::to_string(o.delay) + ", since no packet arrives before it was sent");
  if (o.queue_time < Duration::zero())
    throw Error(Errc::bad_value, "link queue " + dwcp::to_string(o.queue_time) + ": must be >= 0");
  check(o.loss);
  check(o.disorder);
}

Wire::Wire(Run& run, std::uint32_t id, const WireOptions& options, Random random)
    : run_(run),
      id_(id),
      options_(options),
      random_(random),
      marking_(Random(random)(), "marking"),
      disorder_(Random(random)()) {
  check(options);
  jitter_.set(options.jitter);
  loss_.set(options.loss);
  disorder_.set(options.disorder);
}

void Wire::connect(std::uint32_t receiver, Deliver deliver) {
  receiver_ = receiver;
  deliver_ = std::move(deliver);
}

Bytes Wire::queued() const {
  const TimePoint now = virtual_now();
  return free_at_ > now ? bytes_in(free_at_ - now, options_.rate) : Bytes(0);
}

Bytes Wire::waiting() const {
  return observer_ ? queued() + bytes_in(observer_->queueing(*this), options_.rate) : queued();
}

Bytes Wire::queue_limit() const {
  const auto& o = options_;
  Duration time = o.queue_time;
  if (o.queue.value == 0 && time == Duration::zero()) time = std::max(2 * o.delay, queue_time_default_min);
  Bytes limit{~std::uint64_t{0}};
  if (o.queue.value > 0) limit = o.queue;
  if (time > Duration::zero()) limit = std::min(limit, bytes_in(time, o.rate));
  return limit;
}

void Wire::send(ns3::Ptr<ns3::Packet> packet, std::uint16_t protocol) {
  const Bytes size{packet->GetSize()};
  if (cut_) {
    ++counters_.packets_cut;
    return note(was_cut, size.value);
  }
  const TimePoint now = virtual_now();
  const Bytes waiting = queued();
  if (waiting + size > std::max(queue_limit(), size * queue_packets_min)) {
    ++counters_.packets_overflow;
    return note(overflow, size.value);
  }
  counters_.queue_max = std::max(counters_.queue_max, waiting + size);
  mark(*packet, protocol, waiting);
  free_at_ = std::max(free_at_, now) + transfer_time(size, options_.rate);
  if (capture_) capture_->add(free_at_, *packet);
  if (loss_.next(random_)) {  // lost on the way: it has used the link all the same
    ++counters_.packets_lost;
    return note(lost, size.value);
  }
  TimePoint arrival = free_at_ + options_.delay + jitter_.at(now, random_);
  if (observer_) arrival += observer_->queueing(*this);
  in_order_at_ = std::max(in_order_at_, arrival);
  InFlight flying{std::move(packet), protocol, free_at_, in_order_at_};
  if (const Duration late = disorder_.holds_back(); late > Duration::zero()) {
    flying.arrival += late;
    ++counters_.packets_reordered;
  }
  bool corrupted = false;
  flying.packet = disorder_.passed_on(flying.packet, protocol, corrupted);
  counters_.packets_corrupted += corrupted ? 1 : 0;
  if (disorder_.duplicates()) {
    ++counters_.packets_duplicated;
    fly({flying.packet->Copy(), flying.protocol, flying.departure, flying.arrival});
  }
  fly(std::move(flying));
}

// In the order of arrival; what was held back is overtaken.
void Wire::fly(InFlight packet) {
  auto place = flight_.end();
  while (place != flight_.begin() && std::prev(place)->arrival > packet.arrival) --place;
  const bool first = place == flight_.begin();
  flight_.insert(place, std::move(packet));
  if (first || !armed_) arm();
}

// Looks into a packet only where a queue is.
void Wire::mark(ns3::Packet& packet, std::uint16_t protocol, Bytes waiting) {
  if (waiting.value == 0 || protocol != ipv4_protocol) return;
  const Bytes size{packet.GetSize()};
  const Bytes limit = queue_limit();  // a short queue marks before it overflows
  const Bytes from = std::min(std::max(bytes_in(mark_from, options_.rate), size * mark_from_packets), limit / 4);
  if (waiting <= from) return;
  std::uint8_t start[2];
  constexpr std::uint8_t ecn_bits = 0x03;
  if (packet.CopyData(start, sizeof start) != sizeof start || (start[1] & ecn_bits) == 0) return;
  const Bytes always = std::min(from * static_cast<std::uint64_t>(mark_always / mark_from), limit);
  const double share = static_cast<double>((waiting - from).value) / static_cast<double>((always - from).value);
  if (share < 1 && !marking_.chance(share * mark_probability)) return;
  ns3::Ipv4Header header;
  packet.RemoveHeader(header);
  header.SetEcn(ns3::Ipv4Header::ECN_CE);
  packet.AddHeader(header);
  ++counters_.packets_marked;
  run_.trace.add((std::uint64_t{marked} << 60) ^ (std::uint64_t{id_} << 44) ^ size.value);
}

void Wire::arm() {
  armed_ = !flight_.empty();
  if (!armed_) return;
  const Duration wait = std::max(flight_.front().arrival - virtual_now(), Duration::zero());
  ns3::Simulator::ScheduleWithContext(receiver_, ns3::NanoSeconds(wait.count()), &Wire::deliver, this, ++generation_);
}

void Wire::deliver(std::uint64_t generation) {
  if (generation != generation_) return;
  const TimePoint now = virtual_now();
  while (!flight_.empty() && flight_.front().arrival <= now) {
    InFlight arrived = std::move(flight_.front());
    flight_.pop_front();
    const Bytes size{arrived.packet->GetSize()};
    ++counters_.packets_delivered;
    counters_.bytes_delivered += size;
    note(delivered, size.value);
    deliver_(std::move(arrived.packet), arrived.protocol);
    if (generation != generation_) return;  // the receiver cut the wire, and maybe restored it
  }
  arm();
}

void Wire::cut() {
  cut_ = true;
  last_cut_ = virtual_now();
  counters_.packets_cut += flight_.size();
  run_.dropped += flight_.size();
  flight_.clear();
  free_at_ = in_order_at_ = virtual_now();
  ++generation_;
  armed_ = false;
  if (observer_) observer_->hop_cut(*this);
}

void Wire::restore() { cut_ = false; }

void Wire::set_rate(BitRate rate) {
  WireOptions changed = options_;
  changed.rate = rate;
  check(changed);
  const TimePoint now = virtual_now();
  const double factor = static_cast<double>(options_.rate.value) / static_cast<double>(rate.value);
  // Departures follow each other without a gap from now on, so stretching the time until each is exact.
  const auto stretched = [&](TimePoint departure) {
    return departure > now ? now + from_seconds(to_seconds(departure - now) * factor) : departure;
  };
  TimePoint previous{};
  for (InFlight& f : flight_) {
    const TimePoint departure = stretched(f.departure);
    f.arrival = std::max(previous, f.arrival + (departure - f.departure));
    f.departure = departure;
    previous = f.arrival;
    in_order_at_ = previous;
  }
  free_at_ = stretched(free_at_);
  options_.rate = rate;
  arm();
  if (observer_) observer_->hop_rate_changed(*this);
}

void Wire::set_delay(Duration delay) {
  WireOptions changed = options_;
  changed.delay = delay;
  changed.jitter = std::min(changed.jitter, delay);
  check(changed);
  options_ = changed;
  jitter_.set(changed.jitter);
}

void Wire::set_jitter(Duration jitter) {
  WireOptions changed = options_;
  changed.jitter = jitter;
  check(changed);
  options_ = changed;
  jitter_.set(jitter);
}

void Wire::set_loss(const LossOptions& loss) {
  check(loss);
  options_.loss = loss;
  loss_.set(loss);
}

void Wire::set_disorder(const DisorderOptions& disorder) {
  check(disorder);
  options_.disorder = disorder;
  disorder_.set(disorder);
}

std::uint64_t Wire::losses_among(std::uint64_t packets) {
  if (options_.loss == LossOptions::none()) return 0;
  std::uint64_t lost = 0;
  for (std::uint64_t i = 0; i < packets; ++i) lost += loss_.next(random_) ? 1 : 0;
  return lost;
}

void Wire::count_delivered(std::uint64_t packets, Bytes size) {
  counters_.packets_delivered += packets;
  counters_.bytes_delivered += size;
  note(delivered, size.value, packets);
}

void Wire::count_lost(std::uint64_t packets) {
  counters_.packets_lost += packets;
  note(lost, packets, packets);
}

void Wire::count_overflow(std::uint64_t packets) {
  counters_.packets_overflow += packets;
  note(overflow, packets, packets);
}

void Wire::count_cut(std::uint64_t packets) {
  counters_.packets_cut += packets;
  note(was_cut, packets, packets);
}

void Wire::note(std::uint64_t what, std::uint64_t size, std::uint64_t packets) {
  (what == delivered ? run_.packets : run_.dropped) += packets;
  run_.trace.add((what << 60) ^ (std::uint64_t{id_} << 44) ^ (size << 28) ^
                 static_cast<std::uint64_t>(virtual_now().time_since_epoch().count()));
}

}  // namespace dwcp::sim
