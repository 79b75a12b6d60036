// Wall-clock figures of two programs, measured in turns.
#pragma once

#include <string>
#include <vector>

#include "reports/compare/rank_test.hpp"
#include "reports/compare/shift.hpp"

namespace dwcp::reports {

struct WallSeries {
  std::string name;    // of the scenario
  std::string metric;  // "run.wall_time_s", ...; the less the better
  std::vector<double> before, now;
};

struct WallOptions {
  double level = 0.01;  // false alarms, at most, in the mean over all series (false discovery rate)
  double limit = 0.10;  // a smaller change, as a share, is published and no regression
};

// `told`: too few, noise, or less than the limit.
enum class WallOutcome { regression, improvement, told };

struct WallCheck {
  std::string name, metric;
  std::size_t count_before = 0, count_now = 0;
  double median_before = 0, median_now = 0;
  double ratio = 1, ratio_low = 0, ratio_high = 0;  // now / before: Hodges-Lehmann, and its interval at 1 - level
  RankTest test;                                    // Mann-Whitney
  double p_adjusted = 1;
  WallOutcome outcome = WallOutcome::told;
  std::string why;  // of `told`: "too few", "noise", "within the limit"
};

// A regression needs both: a test that finds it, and a change beyond the limit. One value on a side never is one.
// Precondition: every value is above zero.
std::vector<WallCheck> check_wall(const std::vector<WallSeries>& series, const WallOptions& options);

}  // namespace dwcp::reports
