// One line of `expect:`: "amst.link_utilisation >= 0.85", "migration.downtime_s < 300ms".
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.hpp"

namespace dwcp::scenarios {

enum class Comparison { less, less_or_equal, greater, greater_or_equal, equal, not_equal };

struct Threshold {
  std::string metric;  // "hde.bytes_in", or "sim.round_s.p99" for one figure of a distribution
  Comparison comparison = Comparison::equal;
  double bound = 0;  // in the metric's unit (s, bytes, bps, ratio)

  bool holds(double value) const;
};

// The bound is a number in the metric's unit, or written with its own unit, which must be of the kind that the end of
// the metric's name says (_s, _bytes, _bps; % for ratios). Errors: bad_value, bad_unit.
Result<Threshold> parse_threshold(std::string_view text);

}  // namespace dwcp::scenarios
