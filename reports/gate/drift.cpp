#include "reports/gate/drift.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "reports/compare/shift.hpp"
#include "reports/gate/gate.hpp"

namespace dwcp::reports {
namespace {

using Changes = std::map<std::string, std::vector<double>>;  // logarithms, by scenario

bool may_vote(const ScenarioCheck& s) {
  const bool compared = s.outcome == ScenarioOutcome::passed || s.outcome == ScenarioOutcome::regression;
  return compared && s.elsewhere.empty() && s.overrides.empty();
}

DriftCheck drift_of(const std::string& metric, Changes& changes) {
  std::vector<double> votes;
  for (auto& [scenario, of_one] : changes) {
    std::ranges::sort(of_one);
    votes.push_back(of_one[of_one.size() / 2]);
  }
  DriftCheck check{.metric = metric,
                   .scenarios = votes.size(),
                   .ratio = std::exp(shift_of_pairs(votes, 1 - drift_level).estimate),
                   .test = signed_rank(votes)};
  if (check.test.p > drift_level) return check;
  const bool less_is_good = traits_of(metric).good == Good::lower;
  const double worse_by = less_is_good ? check.ratio - 1 : 1 - check.ratio;
  if (worse_by > drift_limit) check.outcome = DriftOutcome::regression;
  if (worse_by < -drift_limit) check.outcome = DriftOutcome::improvement;
  return check;
}

}  // namespace

std::vector<DriftCheck> check_drift(std::span<const ScenarioCheck> scenarios) {
  std::map<std::pair<std::size_t, std::string>, Changes> metrics;  // by importance
  for (const ScenarioCheck& s : scenarios) {
    if (!may_vote(s)) continue;
    for (const FigureCheck& f : s.figures) {
      const MetricTraits traits = traits_of(f.metric);
      if (traits.share == 0 || f.outcome == FigureOutcome::gone || !(f.baseline > 0 && f.value > 0)) continue;
      metrics[{traits.importance, f.metric}][s.subject.name].push_back(std::log(f.value / f.baseline));
    }
  }
  std::vector<DriftCheck> checks;
  for (auto& [key, changes] : metrics)
    if (changes.size() >= drift_scenarios_min) checks.push_back(drift_of(key.second, changes));
  return checks;
}

}  // namespace dwcp::reports
