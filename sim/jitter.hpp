// The changing part of a link's delay. A smooth random curve rather than an independent draw per packet: packets of a
// fast flow are microseconds apart, and real queues do not change by milliseconds within that time.
#pragma once

#include "engine/base/random.hpp"

namespace dwcp::sim {

class Jitter {
 public:
  // The shortest time between two points of the curve.
  static constexpr Duration step_min = std::chrono::milliseconds(5);

  void set(Duration amplitude);  // >= 0; the curve stays within [-amplitude, +amplitude]
  Duration amplitude() const { return amplitude_; }
  // The curve at `t`. Calls come with non-decreasing times. Draws nothing while the amplitude is 0.
  Duration at(TimePoint t, Random& random);

 private:
  Duration amplitude_{0};
  Duration step_{step_min};
  TimePoint begin_{};  // of the current segment of the curve
  Duration from_{0};
  Duration to_{0};
};

}  // namespace dwcp::sim
