// Runs with the figures that a test asks for.
#pragma once

#include "reports/compare/compare.hpp"

namespace dwcp::reports {

inline Run run_with(std::uint64_t seed, std::map<std::string, double> figures,
                    const std::string& scenario = "suite/case") {
  Run run;
  run.subject = {scenario, {}};
  run.simulated = true;
  run.world = "sim";
  run.fidelity = "packet";
  run.seed = seed;
  run.commit = "abc1234";
  run.machine = "a machine";
  run.scenario_hash = "00112233";
  for (const auto& [name, value] : figures) run.figures[name] = {value, {}};
  return run;
}

// One run for each value, with seeds from 1.
inline NamedRuns runs_of(const std::string& path, const std::string& metric, const std::vector<double>& values,
                         const std::string& scenario = "suite/case") {
  NamedRuns named{path, {}};
  for (std::size_t i = 0; i < values.size(); ++i)
    named.runs.push_back(run_with(i + 1, {{metric, values[i]}}, scenario));
  return named;
}

inline const MetricComparison& metric_in(const Comparison& comparison, const std::string& name) {
  for (const GroupComparison& group : comparison.groups)
    for (const MetricComparison& metric : group.metrics)
      if (metric.metric == name) return metric;
  throw std::out_of_range(name);
}

}  // namespace dwcp::reports
