#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/gate/gate.hpp"
#include "reports/gate/gate_words.hpp"

namespace dwcp::reports {
namespace {

using GateJson = nlohmann::ordered_json;

std::string_view name_of_figure(FigureOutcome outcome) {
  constexpr std::string_view names[] = {"regression", "gone", "improvement", "within", "equal", "told"};
  return names[static_cast<std::size_t>(outcome)];
}

std::string_view name_of_scenario(ScenarioOutcome outcome) {
  constexpr std::string_view names[] = {"run_failed",   "regression",       "not_run",
                                        "not_recorded", "scenario_changed", "passed"};
  return names[static_cast<std::size_t>(outcome)];
}

std::string_view name_of_wall(WallOutcome outcome) {
  constexpr std::string_view names[] = {"regression", "improvement", "told"};
  return names[static_cast<std::size_t>(outcome)];
}

std::string_view name_of_drift(DriftOutcome outcome) {
  constexpr std::string_view names[] = {"regression", "improvement", "told"};
  return names[static_cast<std::size_t>(outcome)];
}

GateJson json_of_figure(const FigureCheck& f) {
  GateJson json{{"metric", f.metric},
                {"outcome", name_of_figure(f.outcome)},
                {"baseline", f.baseline},
                {"value", f.outcome == FigureOutcome::gone ? GateJson() : GateJson(f.value)},
                {"gated", f.limit.gated}};
  if (f.limit.gated) {
    json["allowed"] = f.limit.allowed;
    json["both_ways"] = f.limit.both_ways;
    if (!f.limit.both_ways) json["limit"] = f.limit.value;
  }
  return json;
}

GateJson number_or_none(double value) { return std::isfinite(value) ? GateJson(value) : GateJson(); }

}  // namespace

std::string gate_json(const GateResult& r) {
  const bool passed = !r.regressed() && !r.incomplete();
  GateJson json{{"schema", 1},
                {"verdict", passed          ? "passed"
                            : r.regressed() ? "regressed"
                                            : "incomplete"},
                {"summary", gate_summary(r)},
                {"baselines", r.baselines},
                {"commit", r.commit},
                {"gated", r.gated()},
                {"regressions", r.figures(FigureOutcome::regression) + r.figures(FigureOutcome::gone)},
                {"improvements", r.figures(FigureOutcome::improvement)},
                {"notes", r.notes},
                {"scenarios", GateJson::array()},
                {"drift", GateJson::array()},
                {"wall_clock", GateJson::array()}};
  for (const DriftCheck& d : r.drift)
    json["drift"].push_back({{"metric", d.metric},
                             {"outcome", name_of_drift(d.outcome)},
                             {"scenarios", d.scenarios},
                             {"ratio", d.ratio},
                             {"effect", d.test.effect},
                             {"p", d.test.p}});
  for (const ScenarioCheck& s : r.scenarios) {
    GateJson scenario{{"scenario", s.subject.name},
                      {"swept", s.subject.swept},
                      {"seed", s.seed},
                      {"file", s.file},
                      {"outcome", name_of_scenario(s.outcome)},
                      {"detail", s.outcome == ScenarioOutcome::passed ? "" : scenario_words(s)},
                      {"reproduce", s.reproduce},
                      {"baseline_commit", s.baseline_commit},
                      {"baseline_date", s.baseline_date},
                      {"elsewhere", s.elsewhere},
                      {"overrides", s.overrides},
                      {"added", s.added},
                      {"figures", GateJson::array()}};
    for (const FigureCheck& f : s.figures) scenario["figures"].push_back(json_of_figure(f));
    json["scenarios"].push_back(std::move(scenario));
  }
  for (const WallCheck& w : r.wall)
    json["wall_clock"].push_back({{"scenario", w.name},
                                  {"metric", w.metric},
                                  {"outcome", name_of_wall(w.outcome)},
                                  {"why", w.why},
                                  {"count_before", w.count_before},
                                  {"count_now", w.count_now},
                                  {"median_before", w.median_before},
                                  {"median_now", w.median_now},
                                  {"ratio", w.ratio},
                                  {"ratio_low", number_or_none(w.ratio_low)},
                                  {"ratio_high", number_or_none(w.ratio_high)},
                                  {"effect", w.test.effect},
                                  {"p", w.test.p},
                                  {"p_adjusted", w.p_adjusted}});
  return json.dump(2, ' ', false, GateJson::error_handler_t::replace) + "\n";
}

}  // namespace dwcp::reports
