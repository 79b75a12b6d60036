// How figures changed over all scenarios: what no single one shows.
//
// A scenario on an edge (one more round or not) moves a lot when nothing that matters changed, and needs a wide
// tolerance. Over many scenarios such moves cancel: the typical change stays within a fraction of a percent, and a real
// one of 1 % stands out.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/compare/rank_test.hpp"

namespace dwcp::reports {

struct ScenarioCheck;

constexpr double drift_limit = 0.01;            // a typical change beyond it, and in the bad direction, is a regression
constexpr double drift_level = 0.01;            // of Wilcoxon's test
constexpr std::size_t drift_scenarios_min = 8;  // the fewest with which that test can find anything

enum class DriftOutcome { regression, improvement, told };

struct DriftCheck {
  std::string metric;
  std::size_t scenarios = 0;
  double ratio = 1;  // now / baseline: Hodges and Lehmann's estimate over the scenarios' logarithms
  RankTest test;
  DriftOutcome outcome = DriftOutcome::told;
};

// Of each metric that has a tolerance by share. Points of a sweep, and seeds, share their scenario's one vote (their
// median). Scenarios that changed, failed, ran with --set or with other libraries than the baseline's have none.
std::vector<DriftCheck> check_drift(std::span<const ScenarioCheck> scenarios);

}  // namespace dwcp::reports
