// Runs held against a baseline.
#pragma once

#include <optional>

#include "reports/gate/baseline.hpp"
#include "reports/gate/drift.hpp"
#include "reports/gate/wall_clock.hpp"
#include "reports/text.hpp"

namespace dwcp::reports {

// Of one figure. `told`: it is not gated, and differs.
enum class FigureOutcome { regression, gone, improvement, within, equal, told };

struct FigureCheck {
  std::string metric;
  double baseline = 0, value = 0;  // of `gone` there is no value
  Limit limit{};
  FigureOutcome outcome = FigureOutcome::equal;
};

// Of one scenario with one seed. In the order of what is worse.
enum class ScenarioOutcome {
  run_failed,        // it ran, and did not pass by itself
  regression,        // a figure is beyond its limit
  not_run,           // the baseline has it, and no result is there
  not_recorded,      // it ran, and the baseline does not have it
  scenario_changed,  // its file is another one: figures are not held against the old
  passed
};

struct ScenarioCheck {
  Subject subject;
  std::uint64_t seed = 0;
  std::string file;
  ScenarioOutcome outcome = ScenarioOutcome::passed;
  std::string detail;     // of run_failed
  std::string reproduce;  // of the run
  std::string baseline_commit, baseline_date;
  std::string elsewhere;               // how compiler or libraries differ from the baseline's; empty: they do not
  std::vector<std::string> overrides;  // --set of the run
  std::vector<FigureCheck> figures;    // what is worst comes first
  std::vector<std::string> added;      // gated metrics of the run that the baseline does not have
  std::size_t gated = 0;
  std::size_t count(FigureOutcome) const;
};

struct GateResult {
  std::vector<std::string> baselines;    // files
  std::string commit;                    // of the runs
  std::vector<ScenarioCheck> scenarios;  // what is worst comes first
  std::vector<DriftCheck> drift;         // by importance
  std::vector<WallCheck> wall;           // where series were taken
  std::vector<std::string> notes;

  std::size_t count(ScenarioOutcome) const;
  std::size_t figures(FigureOutcome) const;
  std::size_t gated() const;
  bool regressed() const;   // a run failed; a figure, the drift of a metric, or a wall-clock series is beyond its limit
  bool incomplete() const;  // scenarios are missing on a side, or changed
};

// What of the baseline must have run.
enum class Completeness { all, only_what_ran };

// Of runs with one seed the newest counts; benches and live runs are noted and left out.
GateResult check_runs(const std::vector<Baseline>& baselines, const std::vector<Run>& runs, Completeness completeness);

// As a person reads it. `all`: every gated figure; else what is not within its limit.
std::string render_gate(const GateResult& result, const Style& style, bool all);
// One line: what passed, or how much did not.
std::string gate_summary(const GateResult& result);
std::string gate_json(const GateResult& result);
std::string gate_junit(const GateResult& result);
// GitHub's workflow commands, one a line: an error for each scenario that is not passed, a notice for each that is
// better. At most annotations_max of each, since GitHub shows no more of a step; the last says how many are left out.
constexpr std::size_t annotations_max = 10;
std::string gate_annotations(const GateResult& result);

}  // namespace dwcp::reports
