// One direction of a point-to-point link: a drop-tail queue, a rate, a delay with jitter, losses, disorder, and the
// switch that cuts it. Order is kept otherwise. Departure and arrival are computed when a packet comes, so that it
// costs one ns-3 event.
#pragma once

#include <ns3/packet.h>

#include <algorithm>
#include <deque>
#include <functional>

#include "engine/base/units.hpp"
#include "sim/capture.hpp"
#include "sim/disorder.hpp"
#include "sim/flow/hop.hpp"
#include "sim/jitter.hpp"
#include "sim/loss.hpp"
#include "sim/run.hpp"

namespace dwcp::sim {

struct WireOptions {
  BitRate rate{1'000'000'000};                    // > 0, of IP packets: no framing is added
  Duration delay = std::chrono::milliseconds(1);  // propagation, one way, >= 0
  Duration jitter{0};                             // amplitude around `delay`, 0..delay
  LossOptions loss{};
  DisorderOptions disorder{};
  // Most that may wait, whichever is less; what does not fit is dropped. 0: not limited by this one. With both 0 the
  // limit is two delays of traffic, at least 5 ms: one bandwidth-delay product of a path that is this link alone.
  Bytes queue{0};
  Duration queue_time{0};
};

// Marking of ECN-capable packets (RFC 3168), of which only RDMA has any: never below the first threshold, with a
// probability that rises to mark_probability at the second, and always beyond (RED by the present length, as in DCQCN,
// SIGCOMM 2015, figure 5). The thresholds are times at the link's rate: 100 and 400 KB at 25 Gbit/s, and the
// probability is 20 %, as Li et al. set them for DCQCN (HPCC, SIGCOMM 2019, and the simulator published with it).
constexpr Duration mark_from = std::chrono::microseconds(32);
constexpr Duration mark_always = std::chrono::microseconds(128);
constexpr double mark_probability = 0.2;
// On a slow link a single burst of a host is no congestion: at least so many packets wait before any is marked.
constexpr std::uint64_t mark_from_packets = 8;

// Throws Error(bad_value) naming the option, its value and the range.
void check(const WireOptions&);

struct WireCounters {
  std::uint64_t packets_delivered = 0;
  Bytes bytes_delivered{0};            // of IP packets
  std::uint64_t packets_lost = 0;      // by the loss process
  std::uint64_t packets_overflow = 0;  // the queue was full
  std::uint64_t packets_cut = 0;       // sent, queued or in flight while the wire was cut
  std::uint64_t packets_marked = 0;    // congestion experienced
  std::uint64_t packets_duplicated = 0, packets_reordered = 0, packets_corrupted = 0;
  Bytes queue_max{0};  // the longest queue that was seen
};

// In flow fidelity streams do not come through send(): the flow model knows the wire as a hop, and packets that come
// all the same (datagrams) wait behind the fluid.
class Wire final : public flow::Hop {
 public:
  using Deliver = std::function<void(ns3::Ptr<ns3::Packet>, std::uint16_t protocol)>;

  // `receiver` is the ns-3 node at the far end; `id` tells this wire from others in the trace.
  Wire(Run& run, std::uint32_t id, const WireOptions& options, Random random);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  void connect(std::uint32_t receiver, Deliver deliver);
  // Gets each packet that is sent from now on, and outlives the wire.
  void capture(Capture& capture) { capture_ = &capture; }

  void send(ns3::Ptr<ns3::Packet> packet, std::uint16_t protocol);

  // Cut: what waits and what is under way is lost, and so is all that is sent until restore(). Nobody is told.
  void cut();
  void restore();
  void set_rate(BitRate rate);     // > 0; what waits goes on at the new rate
  void set_delay(Duration delay);  // what is under way arrives as before; what follows never overtakes it
  void set_jitter(Duration jitter);
  void set_loss(const LossOptions& loss);
  void set_disorder(const DisorderOptions& disorder);

  const WireOptions& options() const { return options_; }
  const WireCounters& counters() const { return counters_; }
  Bytes queued() const;   // packets, waiting or being sent
  Bytes waiting() const;  // the same, and the fluid that waits

  // The flow model's view. `observer` hears of cuts and rates, and knows what waits; it outlives the wire.
  void set_observer(flow::HopObserver& observer) { observer_ = &observer; }
  std::uint32_t index() const override { return id_; }
  BitRate capacity() const override { return options_.rate; }
  bool is_cut() const override { return cut_; }
  TimePoint last_cut() const override { return last_cut_; }
  Duration propagation(TimePoint now) override { return options_.delay + jitter_.at(now, random_); }
  Duration propagation_mean() const override { return options_.delay; }
  Bytes queue_limit() const override;
  std::uint64_t losses_among(std::uint64_t packets) override;
  void count_delivered(std::uint64_t packets, Bytes size) override;
  void count_lost(std::uint64_t packets) override;
  void count_overflow(std::uint64_t packets) override;
  void count_cut(std::uint64_t packets) override;
  void count_queue(Bytes longest) override { counters_.queue_max = std::max(counters_.queue_max, longest); }

 private:
  struct InFlight {
    ns3::Ptr<ns3::Packet> packet;
    std::uint16_t protocol;
    TimePoint departure;
    TimePoint arrival;
  };
  void mark(ns3::Packet& packet, std::uint16_t protocol, Bytes waiting);
  void arm();
  void deliver(std::uint64_t generation);
  void fly(InFlight packet);
  void note(std::uint64_t what, std::uint64_t size, std::uint64_t packets = 1);

  Run& run_;
  const std::uint32_t id_;
  WireOptions options_;
  Random random_;
  Random marking_;  // of its own: a marked packet does not shift what befalls the others
  Jitter jitter_;
  LossProcess loss_;
  Disorder disorder_;
  std::uint32_t receiver_ = 0;
  Deliver deliver_;
  Capture* capture_ = nullptr;
  std::deque<InFlight> flight_;
  TimePoint free_at_{};           // when the last accepted packet has left
  TimePoint in_order_at_{};       // the latest arrival of a packet that was not held back
  std::uint64_t generation_ = 0;  // of the one armed event; events of older ones do nothing
  bool armed_ = false;
  bool cut_ = false;
  TimePoint last_cut_ = TimePoint::min();
  flow::HopObserver* observer_ = nullptr;
  WireCounters counters_;
};

}  // namespace dwcp::sim
