#include "reports/gate/update.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>

namespace dwcp::reports {
namespace {

// By name, of each the newest.
std::map<std::string, const Run*> newest_of(std::span<const Run> runs) {
  std::map<std::string, const Run*> newest;
  for (const Run& run : runs)
    if (!run.bench) newest[name_of(run.subject, run.seed)] = &run;  // sorted by age
  return newest;
}

dwcp::Result<void> check_fit(const Run& run, const std::string& name) {
  const auto bad = [&](const std::string& why) { return Failure(Errc::bad_value, name + ": " + why); };
  if (!run.simulated) return bad("a live run has no figures that follow from its seed; a baseline is of world: sim");
  if (!run.passed) return bad("the run did not pass (" + run.failure + "), so that its figures are none to keep");
  if (run.scenario_hash.empty()) return bad("its result tells no hash of the scenario; run it with this program");
  if (!run.overrides.empty())
    return bad("it ran with --set " + run.overrides.front() + "; a baseline is of the scenario as its file says");
  return {};
}

// What must be as it was, whatever changes around it: outcomes, and what must not happen.
bool is_exact(const std::string& metric) {
  const MetricTraits traits = traits_of(metric);
  return traits.good != Good::none && traits.share == 0 && traits.floor == 0;
}

// What the neighbours' figures were away from the baseline's, at most.
std::size_t widen(BaselineScenario& scenario, std::span<const Run> neighbours, const Tolerances& of_baseline) {
  std::map<std::string, double> away;
  for (const Run& run : neighbours) {
    if (run.bench || run.subject != scenario.subject || run.seed != scenario.seed) continue;
    for (const auto& [metric, value] : scenario.metrics)
      if (const auto found = run.figures.find(metric); found != run.figures.end())
        away[metric] = std::max(away[metric], std::abs(found->second.value - value));
  }
  std::size_t widened = 0;
  for (const auto& [metric, most] : away) {
    const double value = scenario.metrics.at(metric);
    const Limit limit = limit_of(metric, value, scenario.tolerances, of_baseline, false);
    if (!limit.gated || most <= limit.allowed || is_exact(metric)) continue;
    Tolerance tolerance = limit.tolerance;
    if (value != 0)  // in whole percent
      tolerance.share = std::max(tolerance.share, std::ceil(100 * spread_margin * most / std::abs(value) - 1e-6) / 100);
    else
      tolerance.floor = std::max(tolerance.floor, spread_margin * most);
    scenario.tolerances[metric] = tolerance;
    ++widened;
  }
  return widened;
}

}  // namespace

dwcp::Result<Updated> update_baseline(Baseline& baseline, const std::vector<Run>& runs, const UpdateOptions& options) {
  const auto newest = newest_of(runs);
  for (const auto& [name, run] : newest)
    if (auto fit = check_fit(*run, name); !fit) return fit.error();
  Updated updated;
  for (const auto& [name, run] : newest) {
    const auto [at, added] = baseline.scenarios.try_emplace(name);
    updated.added += added;
    ++updated.recorded;
    BaselineScenario fresh{run->subject,
                           run->seed,
                           run->file,
                           run->scenario_hash,
                           run->commit,
                           options.date,
                           libraries_of(*run),
                           std::move(at->second.tolerances),
                           {}};
    for (const auto& [metric, figure] : run->figures)
      if (is_recorded(metric, figure.value)) fresh.metrics[metric] = figure.value;
    updated.widened += widen(fresh, options.neighbours, baseline.tolerances);
    at->second = std::move(fresh);
  }
  for (auto it = baseline.scenarios.begin(); it != baseline.scenarios.end();) {
    const bool missing = !newest.contains(it->first);
    updated.dropped += missing && options.drop_missing;
    updated.kept += missing && !options.drop_missing;
    it = missing && options.drop_missing ? baseline.scenarios.erase(it) : std::next(it);
  }
  const std::string commit = newest.empty() ? std::string() : newest.begin()->second->commit;
  baseline.history.insert(baseline.history.begin(), {options.date, commit, options.why, updated.recorded});
  if (baseline.history.size() > reasons_max) baseline.history.resize(reasons_max);
  return updated;
}

void write_baseline(const Baseline& baseline, const std::filesystem::path& file) {
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  const std::filesystem::path fresh = file.string() + "." + std::to_string(getpid());
  std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
  out << to_json(baseline);
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(fresh, file, error);
  if (!out || error) {
    std::filesystem::remove(fresh, error);
    throw Error(Errc::storage_failed, "'" + file.string() + "' could not be written");
  }
}

}  // namespace dwcp::reports
