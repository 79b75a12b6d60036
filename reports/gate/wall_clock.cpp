#include "reports/gate/wall_clock.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "reports/compare/false_discovery.hpp"

namespace dwcp::reports {
namespace {

double median_of_series(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : values[half - 1] / 2 + values[half] / 2;
}

std::vector<double> logarithms(const std::vector<double>& values) {
  std::vector<double> result;
  for (const double value : values) {
    assert(value > 0);
    result.push_back(std::log(value));
  }
  return result;
}

}  // namespace

std::vector<WallCheck> check_wall(const std::vector<WallSeries>& series, const WallOptions& options) {
  std::vector<WallCheck> checks;
  std::vector<double> p;
  for (const WallSeries& s : series) {
    if (s.before.empty() || s.now.empty()) continue;
    // Times differ by factors rather than by seconds: their logarithms shift.
    const auto before = logarithms(s.before), now = logarithms(s.now);
    const Shift shift = shift_between(before, now, 1 - options.level);
    WallCheck check{.name = s.name,
                    .metric = s.metric,
                    .count_before = s.before.size(),
                    .count_now = s.now.size(),
                    .median_before = median_of_series(s.before),
                    .median_now = median_of_series(s.now),
                    .ratio = std::exp(shift.estimate),
                    .ratio_low = std::exp(shift.low),
                    .ratio_high = std::exp(shift.high),
                    .test = mann_whitney(before, now),
                    .why = {}};
    checks.push_back(std::move(check));
    if (checks.back().test.p_least <= options.level) p.push_back(checks.back().test.p);
  }
  const auto adjusted = adjusted_for_many(p);
  auto next = adjusted.begin();
  for (WallCheck& check : checks) {
    if (check.test.p_least > options.level) {
      check.why = "too few";
      continue;
    }
    check.p_adjusted = *next++;
    if (check.p_adjusted > options.level)
      check.why = "noise";
    else if (check.ratio > 1 + options.limit)
      check.outcome = WallOutcome::regression;
    else if (check.ratio < 1 / (1 + options.limit))
      check.outcome = WallOutcome::improvement;
    else
      check.why = "within the limit";
  }
  return checks;
}

}  // namespace dwcp::reports
