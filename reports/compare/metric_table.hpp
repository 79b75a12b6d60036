// What is known of each metric: which way is good, who decides it, and what the gate tolerates.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace dwcp::reports {

enum class Good { none, lower, higher, never };  // never: as lower, and one more is worse whatever a test says
enum class MetricClock { virtual_time, wall };

struct MetricTraits {
  std::string_view pattern;
  Good good = Good::none;
  MetricClock clock = MetricClock::virtual_time;
  double share = 0, floor = 0, share_elsewhere = 0;  // see metric_table.def
  std::size_t importance = 0;                        // 0 is what matters most
};

// In the order of importance.
std::span<const MetricTraits> metric_table();

// Of one figure of a distribution ("round.time_s.p90") those of the distribution. What the table does not have comes
// last, has no good direction, and follows from virtual time.
MetricTraits traits_of(std::string_view metric);

}  // namespace dwcp::reports
