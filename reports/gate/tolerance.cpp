#include "reports/gate/tolerance.hpp"

#include <algorithm>
#include <cmath>

#include "engine/base/wildcard.hpp"

namespace dwcp::reports {
namespace {

const Tolerance* tolerance_for(const Tolerances& tolerances, const std::string& metric) {
  const Tolerance* found = nullptr;
  std::size_t longest = 0;
  for (const auto& [pattern, tolerance] : tolerances) {
    if (!fits_pattern(pattern, metric) || (found && pattern.size() < longest)) continue;
    found = &tolerance;
    longest = pattern.size();
  }
  return found;
}

}  // namespace

Limit limit_of(const std::string& metric, double baseline, const Tolerances& of_scenario, const Tolerances& of_baseline,
               bool elsewhere) {
  const MetricTraits traits = traits_of(metric);
  const Tolerance* own = tolerance_for(of_scenario, metric);
  if (!own) own = tolerance_for(of_baseline, metric);
  Limit limit;
  limit.good = traits.good == Good::never ? Good::lower : traits.good;
  limit.gated = own || (traits.good != Good::none && traits.clock == MetricClock::virtual_time);
  limit.both_ways = limit.gated && limit.good == Good::none;
  limit.tolerance = own ? *own : Tolerance{traits.share, traits.floor};
  if (elsewhere) limit.tolerance.share = std::max(limit.tolerance.share, traits.share_elsewhere);
  limit.allowed = std::max(limit.tolerance.share * std::abs(baseline), limit.tolerance.floor);
  limit.value = limit.good == Good::higher ? baseline - limit.allowed : baseline + limit.allowed;
  return limit;
}

}  // namespace dwcp::reports
