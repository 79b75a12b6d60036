// The links of a world as fluid: what waits to pass a flow's bottleneck flows through it at the flow's max-min fair
// share. A load is what a sender gives at once, some packets of one flow; it costs one ns-3 event when its last bit has
// passed. Control messages pass alone.
#pragma once

#include <ns3/event-id.h>

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "sim/flow/hop.hpp"
#include "sim/flow/max_min.hpp"

namespace dwcp::sim::flow {

// From one machine to another; empty: within one machine.
using Path = std::vector<Hop*>;

// What a load met, told when its last bit has passed the bottleneck.
struct Passed {
  std::uint64_t tag;
  std::uint64_t packets_lost;  // by the hops' loss processes, of those that were taken
  TimePoint first_out;         // when the first packet had passed the bottleneck
  TimePoint arrival;           // of the last packet at the path's end, unless a cut comes in between
  bool cut;                    // all of it was lost in a cut
};

class LoadSink {
 public:
  virtual ~LoadSink() = default;
  virtual void load_passed(const Passed& load) = 0;
};

class Network final : public HopObserver {
 public:
  using FlowId = MaxMin::FlowId;

  Network() = default;
  ~Network() override;
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Before any flow; in the order of its index.
  void add_hop(Hop& hop);

  // `sink` outlives the flow. `packet`: the size of its largest packets.
  FlowId open(Path path, Bytes packet, LoadSink& sink);
  // What waits is forgotten.
  void close(FlowId flow);

  struct Load {
    std::uint64_t tag;
    std::uint64_t packets;
    Bytes size;  // of all packets with their headers, > 0
  };
  struct Given {
    std::uint64_t taken;  // packets that there was room for in the bottleneck's queue; the others are dropped
    bool lost;            // all of them, since the path is cut: the sink hears no more of them
  };
  Given give(FlowId flow, const Load& load);
  // What is given comes evenly spaced at this rate: a load that finds nothing in its way passes at no more.
  void pace(FlowId flow, BitRate rate);
  void pace_no_more(FlowId flow);
  // Of loads that have not passed.
  std::size_t waiting(FlowId flow) const { return flows_[flow].loads.size(); }
  // bit/s of packets with headers; 0 when nothing waits.
  double rate(FlowId flow) const { return shares_.rate(flow); }

  // Of one packet alone, with the queues that it meets; of one that has passed `already` only what remains.
  Duration one_way(const Path& path, Bytes size, const Hop* already = nullptr);
  // Mean propagation, one way.
  static Duration propagation(const Path& path);
  static bool is_cut(const Path& path);
  // Whether a cut since then has taken what was under way.
  static bool was_cut_since(const Path& path, TimePoint then);
  // A message of one packet: calls back on arrival, or never when it is lost.
  void message(const Path& path, Bytes size, std::function<void()> arrived);

  void hop_cut(const Hop& hop) override;
  void hop_rate_changed(const Hop& hop) override;
  Duration queueing(const Hop& hop) const override;

 private:
  struct Waiting {
    Load load;
    double bits;    // still to pass
    const Hop* at;  // the hop that it waits for; null within one machine
    bool queued;    // counted in the hop's queue
    TimePoint given;
    Duration ahead;         // what waited for the hop when it came: packets pass in the order in which they came
    TimePoint first_out{};  // once it has begun to pass
  };
  struct Flow {
    Path path;
    double packet_bits = 0;
    LoadSink* sink = nullptr;
    std::deque<Waiting> loads;
    double pace = MaxMin::unlimited;
    double rate = 0;  // at which the first load passes since `since`
    TimePoint since{};
    TimePoint last_arrival{};
    ns3::EventId end;
    Hop* narrowest = nullptr;  // where its queue is while no other hop is known to hold it back
    bool open = false, active = false;
  };
  // What waits at a hop, in bits, as of `since`; it shrinks by `drain` bit/s.
  struct Queue {
    double bits = 0, drain = 0;
    TimePoint since{};
    std::size_t loads = 0;
  };

  Queue& settled(const Hop& hop);
  double queued_bits(const Hop& hop) const;
  double queue_room(const Flow& flow, const Hop& hop, double packet_bits) const;
  void drain(const Flow& flow, double rate);
  void unqueue(const Waiting& load);
  const Hop* bottleneck(FlowId id) const;
  void advance(Flow& flow);
  void set_rate(FlowId id, double rate);
  void schedule(FlowId id);
  void fit_limit(FlowId id);
  void activate(FlowId id);
  void deactivate(FlowId id);
  void reshare_for(FlowId id);
  void reshare();
  void end_of_load(FlowId id);
  Passed passage(Flow& flow, const Waiting& load);

  std::vector<Hop*> hops_;
  std::vector<Queue> queues_;
  MaxMin shares_;
  std::deque<Flow> flows_;  // by the id that the shares have given; they stay where they are
  ns3::EventId reshare_;
};

}  // namespace dwcp::sim::flow
