// The clock of one machine: it may run fast or slow, and tell a wrong date. It never goes back.
#pragma once

#include <cstdint>

#include "engine/base/units.hpp"

namespace dwcp::sim {

class Clock {
 public:
  static constexpr std::int64_t drift_max = 500'000'000;  // parts in 10^9, either way

  // What the clock shows at a virtual time, which is not before the last change of its drift.
  TimePoint local(TimePoint now) const;
  // The first virtual time at which it shows `local`, if its drift stays as it is; not before that change either.
  TimePoint virtual_of(TimePoint local) const;
  // From now on it gains so many nanoseconds a second; negative: it loses them. At most drift_max either way.
  void set_drift(std::int64_t parts_per_billion, TimePoint now);
  std::int64_t drift() const { return drift_; }

  // How far its date is ahead; negative: behind. Monotonic time is not touched.
  void set_date_offset(Duration offset) { date_offset_ = offset; }
  Duration date_offset() const { return date_offset_; }

 private:
  TimePoint changed_{}, shown_{};  // the last change of the drift, in virtual time, and what the clock showed then
  std::int64_t drift_ = 0;
  Duration date_offset_{0};
};

}  // namespace dwcp::sim
