// A run, and the baseline that it fits.
#pragma once

#include "reports/gate/gate.hpp"
#include "reports/gate/update.hpp"

namespace dwcp::reports {

inline Run planted(const std::string& scenario = "suite/case", std::uint64_t seed = 1) {
  Run run;
  run.subject = {scenario, {}};
  run.simulated = true;
  run.world = "sim";
  run.seed = seed;
  run.file = "scenarios/" + scenario + ".yaml";
  run.commit = "abc1234";
  run.scenario_hash = "0011223344556677";
  run.versions = {{"build", "Release"}, {"compiler", "g++ 12.2.0"}, {"dwcp", "0.1.0"}, {"zstd", "1.5.4"}};
  run.reproduce = "dwcp run " + run.file + " --seed 1";
  run.figures = {{"migration.bytes_wire", {50'000'000, {}}},
                 {"migration.total_time_s", {1.5, {}}},
                 {"amst.goodput_bps", {400'000'000, {}}},
                 {"migrations.completed", {1, {}}},
                 {"vms.lost", {0, {}}},
                 {"hde.class_bytes.raw", {30'000'000, {}}},
                 {"hde.class_bytes.lz4", {0, {}}},
                 {"run.wall_time_s", {2, {}}}};
  return run;
}

inline Baseline baseline_of_runs(const std::vector<Run>& runs) {
  Baseline baseline;
  baseline.file = "reports/baselines/suite.json";
  UpdateOptions options;
  options.why = "first";
  options.date = "2026-01-31";
  update_baseline(baseline, runs, options).value();
  return baseline;
}

inline GateResult gated(const std::vector<Run>& runs, const Baseline& baseline = baseline_of_runs({planted()})) {
  return check_runs({baseline}, runs, Completeness::all);
}

inline Run with(Run run, const std::string& metric, double value) {
  run.figures[metric] = {value, {}};
  return run;
}

inline const FigureCheck& figure_in(const GateResult& result, const std::string& metric) {
  for (const FigureCheck& figure : result.scenarios.front().figures)
    if (figure.metric == metric) return figure;
  throw std::out_of_range(metric);
}

}  // namespace dwcp::reports
