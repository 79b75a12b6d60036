// The metrics that a run yields, by name: for the reference, and so that a threshold on a misspelt one is an error.
#pragma once

#include <string_view>
#include <vector>

#include "engine/base/error.hpp"

namespace dwcp::scenarios {

struct MetricInfo {
  std::string_view name;
  std::string_view about;
};

// In the order of the reference. Names of distributions stand without their figures (.p50, .p90, .p99, .max).
const std::vector<MetricInfo>& all_metrics();

// Failure(not_found) that suggests the nearest when no run yields such a metric.
Result<void> check_metric(std::string_view name);

}  // namespace dwcp::scenarios
