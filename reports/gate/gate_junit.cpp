#include "reports/gate/gate.hpp"
#include "reports/gate/gate_words.hpp"
#include "reports/junit.hpp"

namespace dwcp::reports {
namespace {

// One case for the scenario, and one for each figure that is gated.
void add_cases(const ScenarioCheck& s, std::vector<JunitCase>& cases) {
  const std::string name = name_of(s.subject, s.seed);
  const std::string since = s.baseline_commit.empty() ? "" : "\nsince: " + s.baseline_commit + ", " + s.baseline_date;
  const std::string reproduce = s.reproduce.empty() ? "" : "\nreproduce: " + s.reproduce;
  const bool whole = s.outcome != ScenarioOutcome::passed && s.outcome != ScenarioOutcome::regression;
  cases.push_back({name, "comparable", whole ? scenario_words(s) : "", s.file + since + reproduce});
  for (const FigureCheck& f : s.figures) {
    if (!f.limit.gated) continue;
    const bool wrong = f.outcome == FigureOutcome::regression || f.outcome == FigureOutcome::gone;
    cases.push_back({name, f.metric, wrong ? figure_words(f) : "", s.file + since + reproduce});
  }
}

}  // namespace

std::string gate_junit(const GateResult& result) {
  std::vector<JunitCase> cases;
  for (const ScenarioCheck& s : result.scenarios) add_cases(s, cases);
  for (const DriftCheck& d : result.drift)
    cases.push_back({"over all scenarios", d.metric, d.outcome == DriftOutcome::regression ? drift_words(d) : "", ""});
  for (const WallCheck& w : result.wall) {
    const std::string figures = metric_text(w.metric, w.median_before) + " -> " + metric_text(w.metric, w.median_now);
    cases.push_back({w.name, w.metric + " by the wall clock",
                     w.outcome == WallOutcome::regression ? "slower: " + figures : "", figures});
  }
  return junit_text("gate", cases, 0);
}

}  // namespace dwcp::reports
