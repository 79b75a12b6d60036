#include "reports/gate/gate_words.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "reports/compare/figure_text.hpp"

namespace dwcp::reports {
namespace {

std::string plural(std::size_t n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

}  // namespace

std::string tolerance_text(const FigureCheck& f) {
  if (!f.limit.gated) return "not gated";
  const double share = f.baseline == 0 ? 0 : f.limit.allowed / std::abs(f.baseline);
  if (f.limit.allowed == 0) return "no change allowed";
  const char* sign = f.limit.both_ways ? "±" : f.limit.good == Good::higher ? "-" : "+";
  char percent[32] = "";
  if (share > 0) std::snprintf(percent, sizeof percent, " (%s%.3g %%)", sign, 100 * share);
  if (f.limit.both_ways) return "may change by " + metric_text(f.metric, f.limit.allowed) + percent;
  return "limit " + metric_text(f.metric, f.limit.value) + percent;
}

std::string figure_words(const FigureCheck& f) {
  if (f.outcome == FigureOutcome::gone)
    return f.metric + " is gone; the baseline has " + metric_text(f.metric, f.baseline);
  return f.metric + " " + metric_text(f.metric, f.baseline) + " -> " + metric_text(f.metric, f.value) + " (" +
         change_text(f.baseline, f.value) + "), " + tolerance_text(f);
}

std::string drift_words(const DriftCheck& d) {
  char limit[32];
  std::snprintf(limit, sizeof limit, "%g %%", 100 * drift_limit);
  return "over " + std::to_string(d.scenarios) + " scenarios " + d.metric + " changed by " + change_text(1, d.ratio) +
         ", limit " + limit;
}

std::string scenario_words(const ScenarioCheck& s) {
  switch (s.outcome) {
    case ScenarioOutcome::run_failed:
      return "the run did not pass: " + s.detail;
    case ScenarioOutcome::not_run:
      return "the baseline has it, and there is no result of it";
    case ScenarioOutcome::not_recorded:
      return "it ran, and the baseline does not have it";
    case ScenarioOutcome::scenario_changed:
      return "the scenario's file is not the one that the baseline was recorded with: its figures are no regression "
             "and "
             "no proof";
    default:
      return plural(s.count(FigureOutcome::regression) + s.count(FigureOutcome::gone), "figure is", "figures are") +
             " beyond the limit";
  }
}

std::string gate_summary(const GateResult& r) {
  const std::size_t worse = r.figures(FigureOutcome::regression) + r.figures(FigureOutcome::gone);
  const auto slower = static_cast<std::size_t>(
      std::ranges::count(r.wall, WallOutcome::regression, [](const WallCheck& w) { return w.outcome; }));
  const auto faster = static_cast<std::size_t>(
      std::ranges::count(r.wall, WallOutcome::improvement, [](const WallCheck& w) { return w.outcome; }));
  std::string wrong;
  const auto add = [&](std::size_t n, const char* one, const char* many) {
    if (n > 0) wrong += (wrong.empty() ? "" : ", ") + plural(n, one, many);
  };
  add(r.count(ScenarioOutcome::run_failed), "run failed", "runs failed");
  add(worse, "regression", "regressions");
  add(static_cast<std::size_t>(
          std::ranges::count(r.drift, DriftOutcome::regression, [](const DriftCheck& d) { return d.outcome; })),
      "metric worse over all", "metrics worse over all");
  add(slower, "slower by the wall clock", "slower by the wall clock");
  add(r.count(ScenarioOutcome::not_run), "scenario was not run", "scenarios were not run");
  add(r.count(ScenarioOutcome::not_recorded), "scenario is not in the baseline", "scenarios are not in the baseline");
  add(r.count(ScenarioOutcome::scenario_changed), "scenario changed", "scenarios changed");
  std::string text = wrong;
  if (!wrong.empty() && (r.gated() > 0 || !r.wall.empty())) text += "; ";
  if (r.gated() > 0)
    text += std::to_string(r.gated() - worse) + (wrong.empty() ? "" : " of " + std::to_string(r.gated())) +
            " figures within their limits, " + plural(r.scenarios.size(), "run", "runs");
  if (r.gated() > 0 && std::ranges::any_of(r.scenarios, [](const ScenarioCheck& s) { return !s.elsewhere.empty(); }))
    text += " (the wider ones: other compiler or libraries)";
  const std::size_t better = r.figures(FigureOutcome::improvement);
  if (better > 0) text += ", " + plural(better, "improved beyond it", "improved beyond them");
  if (!r.wall.empty())
    text += (r.gated() == 0 ? "" : "; ") + plural(r.wall.size(), "wall-clock series", "wall-clock series") +
            (faster > 0 ? ", " + std::to_string(faster) + " faster" : "");
  return text;
}

std::optional<GateHint> gate_hint(const GateResult& r) {
  const std::string update = "dwcp gate --baseline " + (r.baselines.size() == 1 ? r.baselines.front() : "FOLDER") +
                             " RESULTS --update --why \"...\"";
  const bool better =
      r.figures(FigureOutcome::improvement) > 0 ||
      std::ranges::any_of(r.drift, [](const DriftCheck& d) { return d.outcome == DriftOutcome::improvement; });
  if (r.scenarios.empty()) return std::nullopt;
  if (r.count(ScenarioOutcome::run_failed) > 0) return std::nullopt;  // a failure is no figure to record
  if (r.regressed()) return GateHint{"Meant so? Then record it, with the reason:", update};
  if (r.incomplete())
    return GateHint{"Record what is there now:",
                    update + (r.count(ScenarioOutcome::not_run) > 0 ? " --drop-missing" : "")};
  if (better) return GateHint{"Keep what was gained, so that it cannot be lost unseen:", update};
  return std::nullopt;
}

}  // namespace dwcp::reports
