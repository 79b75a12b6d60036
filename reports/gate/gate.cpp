#include "reports/gate/gate.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace dwcp::reports {

std::size_t ScenarioCheck::count(FigureOutcome of) const {
  return static_cast<std::size_t>(std::ranges::count(figures, of, [](const FigureCheck& f) { return f.outcome; }));
}
std::size_t GateResult::count(ScenarioOutcome outcome) const {
  return static_cast<std::size_t>(
      std::ranges::count(scenarios, outcome, [](const ScenarioCheck& s) { return s.outcome; }));
}
std::size_t GateResult::figures(FigureOutcome of) const {
  std::size_t n = 0;
  for (const ScenarioCheck& s : scenarios) n += s.count(of);
  return n;
}
std::size_t GateResult::gated() const {
  std::size_t n = 0;
  for (const ScenarioCheck& s : scenarios) n += s.gated;
  return n;
}
bool GateResult::regressed() const {
  return count(ScenarioOutcome::run_failed) + count(ScenarioOutcome::regression) > 0 ||
         std::ranges::any_of(drift, [](const DriftCheck& d) { return d.outcome == DriftOutcome::regression; }) ||
         std::ranges::any_of(wall, [](const WallCheck& w) { return w.outcome == WallOutcome::regression; });
}
bool GateResult::incomplete() const {
  return count(ScenarioOutcome::not_run) + count(ScenarioOutcome::not_recorded) +
             count(ScenarioOutcome::scenario_changed) >
         0;
}

namespace {

FigureOutcome outcome_of(double baseline, double value, const Limit& limit) {
  if (value == baseline) return FigureOutcome::equal;
  if (!limit.gated) return FigureOutcome::told;
  const double away = value - baseline;
  // Sums of shares are not exact in binary: what equals the limit but for the last digits is within it.
  if (std::abs(away) <= limit.allowed + 1e-12 * std::abs(baseline)) return FigureOutcome::within;
  const bool worse = limit.both_ways || (away > 0) == (limit.good == Good::lower);
  return worse ? FigureOutcome::regression : FigureOutcome::improvement;
}

std::string difference_of(const std::string& before, const std::string& now) {
  return before == now || before.empty() ? std::string() : "baseline: " + before + "; here: " + now;
}

ScenarioCheck begin_check(const BaselineScenario& recorded) {
  ScenarioCheck check;
  check.subject = recorded.subject;
  check.seed = recorded.seed;
  check.file = recorded.file;
  check.baseline_commit = recorded.commit;
  check.baseline_date = recorded.date;
  return check;
}

void check_figures(const Baseline& baseline, const BaselineScenario& recorded, const Run& run, ScenarioCheck& check) {
  const bool changed = check.outcome == ScenarioOutcome::scenario_changed;
  for (const auto& [metric, before] : recorded.metrics) {
    FigureCheck figure{.metric = metric, .baseline = before};
    figure.limit = limit_of(metric, before, recorded.tolerances, baseline.tolerances, !check.elsewhere.empty());
    if (changed) figure.limit.gated = false;
    check.gated += figure.limit.gated;
    if (const auto found = run.figures.find(metric); found != run.figures.end()) {
      figure.value = found->second.value;
      figure.outcome = outcome_of(before, figure.value, figure.limit);
    } else {
      figure.outcome = figure.limit.gated ? FigureOutcome::gone : FigureOutcome::told;
    }
    check.figures.push_back(std::move(figure));
  }
  for (const auto& [metric, figure] : run.figures)
    if (!recorded.metrics.contains(metric) && is_recorded(metric, figure.value) && traits_of(metric).good != Good::none)
      check.added.push_back(metric);
  std::ranges::stable_sort(check.figures, {},
                           [](const FigureCheck& f) { return std::pair(f.outcome, traits_of(f.metric).importance); });
}

ScenarioCheck check_scenario(const Baseline& baseline, const BaselineScenario& recorded, const Run& run) {
  ScenarioCheck check = begin_check(recorded);
  check.file = run.file;
  check.reproduce = run.reproduce;
  check.overrides = run.overrides;
  check.elsewhere = difference_of(recorded.built_with, libraries_of(run));
  // Results of a program that told no hash are held against the figures all the same.
  if (!run.scenario_hash.empty() && recorded.scenario_hash != run.scenario_hash)
    check.outcome = ScenarioOutcome::scenario_changed;
  check_figures(baseline, recorded, run, check);
  if (check.count(FigureOutcome::regression) + check.count(FigureOutcome::gone) > 0)
    check.outcome = ScenarioOutcome::regression;
  if (!run.passed) {
    check.outcome = ScenarioOutcome::run_failed;
    check.detail = run.failure;
    // A migration that did not happen took no time: that is no improvement.
    for (FigureCheck& figure : check.figures)
      if (figure.outcome == FigureOutcome::improvement) figure.outcome = FigureOutcome::told;
  }
  return check;
}

struct Recorded {
  const Baseline* baseline;
  const BaselineScenario* scenario;
};

}  // namespace

GateResult check_runs(const std::vector<Baseline>& baselines, const std::vector<Run>& runs, Completeness completeness) {
  GateResult result;
  std::map<std::string, Recorded> recorded;
  for (const Baseline& baseline : baselines) {
    result.baselines.push_back(baseline.file.string());
    for (const auto& [name, scenario] : baseline.scenarios)
      if (!recorded.emplace(name, Recorded{&baseline, &scenario}).second)
        result.notes.push_back(name + " is in two baselines; the first counts");
  }
  std::map<std::string, const Run*> newest;
  std::size_t benches = 0;
  std::set<std::string> live;
  for (const Run& run : runs) {  // sorted by age
    if (run.bench)
      ++benches;
    else if (!run.simulated)
      live.insert(run.subject.name);
    else
      newest[name_of(run.subject, run.seed)] = &run;
  }
  if (benches > 0) result.notes.push_back("benches are figures of a wall clock, and not gated: see dwcp compare");
  for (const std::string& name : live)
    result.notes.push_back(name + " is live: its figures do not follow from a seed, and are not gated");

  for (const auto& [name, run] : newest) {
    result.commit = run->commit;
    if (const auto found = recorded.find(name); found != recorded.end()) {
      result.scenarios.push_back(check_scenario(*found->second.baseline, *found->second.scenario, *run));
      continue;
    }
    ScenarioCheck check;
    check.subject = run->subject;
    check.seed = run->seed;
    check.file = run->file;
    check.reproduce = run->reproduce;
    check.outcome = run->passed ? ScenarioOutcome::not_recorded : ScenarioOutcome::run_failed;
    check.detail = run->failure;
    result.scenarios.push_back(std::move(check));
  }
  for (const auto& [name, one] : recorded) {
    if (newest.contains(name) || completeness == Completeness::only_what_ran) continue;
    ScenarioCheck check = begin_check(*one.scenario);
    check.outcome = ScenarioOutcome::not_run;
    result.scenarios.push_back(std::move(check));
  }
  std::ranges::stable_sort(result.scenarios, {}, [](const ScenarioCheck& s) {
    return std::tuple(s.outcome, s.count(FigureOutcome::improvement) == 0, s.subject, s.seed);
  });
  result.drift = check_drift(result.scenarios);
  return result;
}

}  // namespace dwcp::reports
