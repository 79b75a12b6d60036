#include "sim/flow/network.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/tcp/clock.hpp"

namespace dwcp::sim::flow {
namespace {

// A queue shorter than a few packets would drop what no real device drops.
constexpr double queue_packets_min = 4;

double bits_of(Bytes size) { return static_cast<double>(size.value) * 8; }

// Rounded up: what has passed has passed.
Duration time_of(double bits, double rate) {
  if (std::isinf(rate) || bits <= 0) return Duration::zero();
  return Duration(static_cast<Duration::rep>(std::ceil(bits / rate * 1e9)));
}

}  // namespace

Network::~Network() = default;

void Network::add_hop(Hop& hop) {
  hops_.push_back(&hop);
  queues_.emplace_back();
  shares_.add_link(static_cast<double>(hop.capacity().value));
}

Network::FlowId Network::open(Path path, Bytes packet, LoadSink& sink) {
  std::vector<MaxMin::LinkId> route;
  for (const Hop* hop : path) route.push_back(hop->index());
  const FlowId id = shares_.add_flow(std::move(route));
  if (id == flows_.size()) flows_.emplace_back();
  Flow& flow = flows_[id];
  flow = {};
  flow.open = true;
  flow.packet_bits = bits_of(packet);
  flow.sink = &sink;
  const auto narrowest = std::ranges::min_element(path, {}, [](const Hop* hop) { return hop->capacity(); });
  if (narrowest != path.end()) flow.narrowest = *narrowest;
  flow.path = std::move(path);
  return id;
}

void Network::close(FlowId id) {
  Flow& flow = flows_[id];
  flow.open = false;
  deactivate(id);
  for (const Waiting& load : flow.loads) unqueue(load);
  flow.loads.clear();
  shares_.remove_flow(id);
}

// ---- queues
Network::Queue& Network::settled(const Hop& hop) {
  Queue& queue = queues_[hop.index()];
  queue.bits = queued_bits(hop);
  queue.since = sim_now();
  return queue;
}

double Network::queued_bits(const Hop& hop) const {
  const Queue& queue = queues_[hop.index()];
  return std::max(queue.bits - queue.drain * to_seconds(sim_now() - queue.since), 0.0);
}

Duration Network::queueing(const Hop& hop) const {
  return time_of(queued_bits(hop), static_cast<double>(hop.capacity().value));
}

// What the flow's first load takes from the queue that it is in.
void Network::drain(const Flow& flow, double rate) {
  if (flow.loads.empty() || !flow.loads.front().queued) return;
  settled(*flow.loads.front().at).drain += rate;
}

void Network::unqueue(const Waiting& load) {
  if (!load.queued) return;
  Queue& queue = settled(*load.at);
  queue.bits = std::max(queue.bits - load.bits, 0.0);
  if (--queue.loads == 0) queue = {0, 0, sim_now(), 0};  // sums of fractions leave a rest
}

const Hop* Network::bottleneck(FlowId id) const {
  const auto by = shares_.bottleneck(id);
  return by ? hops_[*by] : flows_[id].narrowest;
}

// ---- loads
Network::Given Network::give(FlowId id, const Load& load) {
  Flow& flow = flows_[id];
  const TimePoint now = sim_now();
  for (Hop* hop : flow.path)
    if (hop->is_cut()) {
      hop->count_cut(load.packets);
      return {load.packets, true};
    }
  Waiting waiting{load, bits_of(load.size), nullptr, false, now, Duration::zero(), {}};
  if (const Hop* at = bottleneck(id)) {
    Hop& hop = *hops_[at->index()];
    const double packet = waiting.bits / static_cast<double>(load.packets);
    // A load stands for packets that come one after the other while others leave: half of it waits, in the mean.
    const double room = queue_room(flow, hop, packet) + waiting.bits / 2;
    if (room < waiting.bits) {
      const auto fit = static_cast<std::uint64_t>(std::max(std::floor(room / packet), 0.0));
      hop.count_overflow(load.packets - fit);
      if (fit == 0) return {0, false};
      waiting.bits = packet * static_cast<double>(fit);
      waiting.load.packets = fit;
    }
    waiting.at = &hop;
    waiting.ahead = std::min(queueing(hop), transfer_time(hop.queue_limit(), hop.capacity()));
    // What comes at its own pace into an empty line leaves as it comes.
    waiting.queued = flow.pace == MaxMin::unlimited || !flow.loads.empty();
    if (waiting.queued) {
      Queue& queue = settled(hop);
      queue.bits += waiting.bits;
      ++queue.loads;
      hop.count_queue(Bytes(static_cast<std::uint64_t>(queue.bits / 8)));
    }
  }
  const std::uint64_t taken = waiting.load.packets;
  flow.loads.push_back(waiting);
  if (flow.loads.size() == 1) {
    flow.since = now;
    drain(flow, flow.rate);
  }
  fit_limit(id);
  if (!flow.active)
    activate(id);
  else if (flow.loads.size() == 1)
    schedule(id);
  return {taken, false};
}

// In a full queue a flow still has room for its even part: loads come in large pieces, and whichever comes first must
// not keep the others out for long, as single packets do not.
double Network::queue_room(const Flow& flow, const Hop& hop, double packet_bits) const {
  const double limit = std::max(bits_of(hop.queue_limit()), queue_packets_min * packet_bits);
  double own = 0;
  for (const Waiting& load : flow.loads)
    if (load.queued && load.at == &hop) own += load.bits;
  const std::size_t flows = shares_.active_on(hop.index()) + (flow.active ? 0 : 1);
  return std::max(limit - queued_bits(hop), limit / static_cast<double>(flows) - own);
}

void Network::pace(FlowId id, BitRate rate) {
  flows_[id].pace = static_cast<double>(std::max<std::uint64_t>(rate.value, 1));
  fit_limit(id);
}

void Network::pace_no_more(FlowId id) {
  flows_[id].pace = MaxMin::unlimited;
  fit_limit(id);
}

// What has gathered passes as fast as it may, whatever the pace at which it came.
void Network::fit_limit(FlowId id) {
  const Flow& flow = flows_[id];
  shares_.set_limit(id, flow.loads.size() <= 1 ? flow.pace : MaxMin::unlimited);
  if (flow.active && shares_.stale()) reshare_for(id);
}

void Network::activate(FlowId id) {
  flows_[id].active = true;
  shares_.set_active(id, true);
  reshare_for(id);
}

void Network::deactivate(FlowId id) {
  Flow& flow = flows_[id];
  if (!std::exchange(flow.active, false)) return;
  set_rate(id, 0);
  shares_.set_active(id, false);
  reshare_for(id);
}

// At once where it concerns nobody else; else when all that happens at this time has happened.
void Network::reshare_for(FlowId id) {
  const Flow& flow = flows_[id];
  const std::size_t own = flow.active ? 1 : 0;
  const bool alone =
      std::ranges::all_of(flow.path, [&](const Hop* hop) { return shares_.active_on(hop->index()) <= own; });
  if (reshare_.IsRunning()) return;
  if (alone)
    reshare();
  else
    reshare_ = ns3::Simulator::ScheduleNow(&Network::reshare, this);
}

void Network::reshare() {
  for (const FlowId id : shares_.update()) set_rate(id, shares_.rate(id));
}

void Network::advance(Flow& flow) {
  const TimePoint now = sim_now();
  if (!flow.loads.empty() && flow.rate > 0) {
    double& bits = flow.loads.front().bits;
    bits = std::isinf(flow.rate) ? 0 : std::max(bits - flow.rate * to_seconds(now - flow.since), 0.0);
  }
  flow.since = now;
}

void Network::set_rate(FlowId id, double rate) {
  Flow& flow = flows_[id];
  advance(flow);
  drain(flow, rate - flow.rate);
  flow.rate = rate;
  schedule(id);
}

void Network::schedule(FlowId id) {
  Flow& flow = flows_[id];
  if (flow.end.IsRunning()) ns3::Simulator::Remove(flow.end);
  if (flow.loads.empty() || flow.rate <= 0) return;
  Waiting& first = flow.loads.front();
  if (first.first_out == TimePoint{})
    first.first_out = flow.since + time_of(std::min(first.bits, flow.packet_bits), flow.rate);
  const Duration left = time_of(first.bits, flow.rate);
  flow.end = ns3::Simulator::Schedule(to_ns3(left), &Network::end_of_load, this, id);
}

void Network::end_of_load(FlowId id) {
  Flow& flow = flows_[id];
  drain(flow, -flow.rate);
  Waiting load = flow.loads.front();
  load.bits = 0;
  flow.loads.pop_front();
  unqueue(load);
  flow.since = sim_now();
  drain(flow, flow.rate);
  fit_limit(id);
  const bool more = !flow.loads.empty();
  if (more) schedule(id);
  flow.sink->load_passed(passage(flow, load));
  if (flow.open && flow.loads.empty()) deactivate(id);
}

Passed Network::passage(Flow& flow, const Waiting& load) {
  const TimePoint now = sim_now();
  Passed passed{load.load.tag, 0, load.first_out, now, false};
  for (Hop* hop : flow.path) {
    const std::uint64_t lost = hop->losses_among(load.load.packets - passed.packets_lost);
    if (lost > 0) hop->count_lost(lost);
    passed.packets_lost += lost;
  }
  if (load.at) {
    // Others' packets that were there before go first, though the shares are even.
    const TimePoint turn = load.given + load.ahead;
    passed.first_out = std::max(passed.first_out, turn);
    passed.arrival = std::max(now, turn);
    passed.arrival += one_way(flow.path, Bytes(static_cast<std::uint64_t>(flow.packet_bits / 8)), load.at);
  }
  flow.last_arrival = passed.arrival = std::max(passed.arrival, flow.last_arrival);
  return passed;
}

// ---- paths
Duration Network::one_way(const Path& path, Bytes size, const Hop* already) {
  Duration time{0};
  for (Hop* hop : path) {
    time += hop->propagation(sim_now());
    if (hop != already) time += queueing(*hop) + transfer_time(size, hop->capacity());
  }
  return time;
}

Duration Network::propagation(const Path& path) {
  Duration time{0};
  for (const Hop* hop : path) time += hop->propagation_mean();
  return time;
}

bool Network::is_cut(const Path& path) {
  return std::ranges::any_of(path, [](const Hop* hop) { return hop->is_cut(); });
}

bool Network::was_cut_since(const Path& path, TimePoint then) {
  return std::ranges::any_of(path, [&](const Hop* hop) { return hop->is_cut() || hop->last_cut() >= then; });
}

void Network::message(const Path& path, Bytes size, std::function<void()> arrived) {
  for (Hop* hop : path) {
    if (hop->is_cut()) return hop->count_cut(1);
    if (hop->losses_among(1) > 0) return hop->count_lost(1);
  }
  const TimePoint sent = sim_now();
  ns3::Simulator::Schedule(to_ns3(one_way(path, size)), [path, size, sent, arrived = std::move(arrived)] {
    for (Hop* hop : path) {
      if (hop->is_cut() || hop->last_cut() >= sent) return hop->count_cut(1);
      hop->count_delivered(1, size);
    }
    arrived();
  });
}

// ---- faults
void Network::hop_cut(const Hop& hop) {
  for (FlowId id = 0; id < flows_.size(); ++id) {
    Flow& flow = flows_[id];
    if (!flow.open || flow.loads.empty() || std::ranges::find(flow.path, &hop) == flow.path.end()) continue;
    deactivate(id);
    std::vector<Passed> gone;
    for (const Waiting& load : flow.loads) {
      hops_[hop.index()]->count_cut(load.load.packets);
      unqueue(load);
      gone.push_back({load.load.tag, load.load.packets, {}, {}, true});
    }
    flow.loads.clear();
    for (const Passed& load : gone)
      if (flow.open) flow.sink->load_passed(load);
  }
}

void Network::hop_rate_changed(const Hop& hop) {
  shares_.set_capacity(hop.index(), static_cast<double>(hop.capacity().value));
  reshare();
}

}  // namespace dwcp::sim::flow
