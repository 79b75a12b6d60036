// One metric of two sides: its test and, once all tests are known, what is said of it.
#pragma once

#include <span>

#include "reports/compare/compare.hpp"

namespace dwcp::reports {

// `paired`: the sides have the same seeds in the same order. Precondition: neither is empty.
MetricComparison test_metric(std::span<const SeedValue> a, std::span<const SeedValue> b, bool paired, double level);

// Needs p_adjusted; sets `finding` and `why`.
void judge_metric(MetricComparison& metric, const CompareOptions& options);

// Whether its p-value counts among the many: a test that could not have found anything is none (Tarone, "A modified
// Bonferroni method for discrete data", Biometrics 46 (1990)).
bool can_find(const MetricComparison& metric, double level);

}  // namespace dwcp::reports
