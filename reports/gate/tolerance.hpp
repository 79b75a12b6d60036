// How far a figure may be from the baseline's.
#pragma once

#include <map>
#include <string>

#include "reports/compare/metric_table.hpp"

namespace dwcp::reports {

struct Tolerance {
  double share = 0;  // of the baseline's value
  double floor = 0;  // in the metric's unit; the larger of the two counts
};

// By pattern ('*' stands for any text). The longest that fits counts.
using Tolerances = std::map<std::string, Tolerance>;

// What decides about a metric, and from where it comes.
struct Limit {
  bool gated = false;
  bool both_ways = false;  // no direction is good: any change beyond it is a regression
  Good good = Good::none;
  Tolerance tolerance;
  double allowed = 0;  // so far from the baseline's value
  double value = 0;    // the last that passes, in the bad direction
};

// `of_scenario` before `of_baseline` before the table. A tolerance that a baseline sets gates also what the table
// leaves alone, both ways where no direction is good. `elsewhere`: other compiler or libraries than the baseline's; the
// table's wider share counts, also where the baseline sets a narrower one.
Limit limit_of(const std::string& metric, double baseline, const Tolerances& of_scenario, const Tolerances& of_baseline,
               bool elsewhere);

}  // namespace dwcp::reports
