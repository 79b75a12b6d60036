// A comparison as a page: what is in it is said in docs/reports.md.
#pragma once

#include <string>

#include "reports/compare/compare.hpp"

namespace dwcp::reports {

// What one page holds at most, of what matters most; it says what was left out.
constexpr std::size_t comparison_metrics_max = 10'000;
constexpr std::size_t comparison_values_max = 400'000;  // of both sides, of metrics with repeats

// `a` and `b`: what was compared. Where each is a single run, files over time beside their results are read. Throws
// Error(bad_value) naming such a file that cannot be read.
std::string comparison_report(const Comparison& comparison, const NamedRuns& a, const NamedRuns& b);

}  // namespace dwcp::reports
