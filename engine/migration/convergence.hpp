// When to switch over, and what to do when the guest dirties memory faster than the path carries it. Pure: measurements
// in, a decision out.
#pragma once

#include <deque>
#include <string>

#include "engine/base/units.hpp"
#include "engine/migration/policy.hpp"

namespace dwcp::migration {

// One look at a running migration.
struct Measurement {
  TimePoint time;
  unsigned rounds = 0;  // as OutgoingStatus
  Bytes remaining{0};   // dirty in the guest, not yet read from the stream
  BitRate dirty_rate{0};
  unsigned throttle_percent = 0;
  Bytes guest_bytes_read{0};      // from the stream, since its start
  Bytes wire_bytes_made{0};       // what the encoder made of them
  Bytes wire_bytes_acked{0};      // acknowledged by the destination
  BitRate link{0};                // what the path carries (SenderCounters)
  Duration rtt{0};                // smoothed, with what waits in the path's queues
  Duration rtt_min{0};            // without; 0: unknown
  std::uint64_t retransmits = 0;  // segments that the transport had to repeat, since the start
};

struct Decision {
  enum class Kind { go_on, throttle, stop_guest, cancel };
  Kind kind = Kind::go_on;
  Bytes switchover_limit{0};       // dirty memory whose transfer fits into the downtime; 0: not yet
  unsigned throttle_percent = 0;   // for throttle
  Duration downtime_predicted{0};  // if the guest were stopped now
  Duration downtime_at_limit{0};   // if it is stopped when the limit allows it
  Duration way_and_back{0};        // of a chunk and its acknowledgement without waiting in line
  BitRate goodput{0};              // of the wire, over the last window
  Duration eta{0};                 // until the switchover, 0: unknown
  std::string reason;              // said aloud when not empty
};

class Convergence {
 public:
  // `fixed_cost` is the part of the downtime that no page causes: stopping, device state, loading, the hand-over's
  // journal.
  Convergence(Policy policy, Duration fixed_cost);
  Decision decide(const Measurement& now);

 private:
  struct Recent {
    BitRate goodput;        // acknowledged wire bytes
    double wire_per_guest;  // what one byte of dirty memory costs on the wire
  };
  Recent recent(const Measurement& now) const;
  // The newest measurement that is at least so old; the oldest when none is.
  const Measurement& before(Duration age) const;
  double chance_of_repeat(double bytes) const;
  bool line_empties() const;
  Decision when_dirtying_wins(const Measurement& now, Decision decision);

  Policy policy_;
  Duration fixed_cost_;
  std::deque<Measurement> window_;
  unsigned round_judged_ = 0;  // the newest round that throttling was decided on
  Bytes remaining_at_last_round_{0};
  unsigned rounds_without_progress_ = 0;
  bool gave_up_ = false;
  bool told_of_latency_ = false;
};

}  // namespace dwcp::migration
