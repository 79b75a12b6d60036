#include <cmath>

#include "reports/compare/comparison_json.hpp"

namespace dwcp::reports {
namespace {

using ComparisonJson = nlohmann::ordered_json;

// JSON has no infinity: null, where there is no bound.
ComparisonJson number_or_null(double value) { return std::isfinite(value) ? ComparisonJson(value) : ComparisonJson(); }

std::string_view name_of_good(Good good) {
  constexpr std::string_view names[] = {"none", "lower", "higher", "never"};
  return names[static_cast<std::size_t>(good)];
}

std::string_view name_of_method(Method method) {
  constexpr std::string_view names[] = {"none", "mann_whitney", "signed_rank"};
  return names[static_cast<std::size_t>(method)];
}

ComparisonJson json_of_side(const SideSummary& side) {
  return {{"path", side.path},         {"runs", side.runs},     {"seeds", side.seeds},        {"commits", side.commits},
          {"machines", side.machines}, {"worlds", side.worlds}, {"overrides", side.overrides}};
}

ComparisonJson json_of_metric(const MetricComparison& m) {
  ComparisonJson json{{"metric", m.metric},
                      {"unit", m.unit},
                      {"finding", to_string(m.finding)},
                      {"why", m.why},
                      {"good", name_of_good(m.traits.good)},
                      {"clock", m.traits.clock == MetricClock::wall ? "wall" : "virtual"},
                      {"count_a", m.count_a},
                      {"count_b", m.count_b},
                      {"median_a", m.median_a},
                      {"median_b", m.median_b},
                      {"mean_a", m.mean_a},
                      {"mean_b", m.mean_b},
                      {"difference", m.difference},
                      {"relative", m.relative ? ComparisonJson(*m.relative) : ComparisonJson()},
                      {"shift", m.shift.estimate},
                      {"shift_low", number_or_null(m.shift.low)},
                      {"shift_high", number_or_null(m.shift.high)},
                      {"method", name_of_method(m.method)}};
  if (m.method == Method::none) return json;
  json["exact"] = m.test.exact;
  json["effect"] = m.test.effect;
  json["p"] = m.test.p;
  json["p_adjusted"] = m.p_adjusted;
  return json;
}

}  // namespace

nlohmann::ordered_json comparison_document(const Comparison& c) {
  ComparisonJson json{{"schema", 1},
                      {"a", json_of_side(c.a)},
                      {"b", json_of_side(c.b)},
                      {"level", c.options.level},
                      {"relevant", c.options.relevant},
                      {"tests", c.tests},
                      {"warnings", c.warnings},
                      {"only_a", c.only_a},
                      {"only_b", c.only_b},
                      {"overall", ComparisonJson::array()},
                      {"groups", ComparisonJson::array()}};
  for (const OverallComparison& o : c.overall)
    json["overall"].push_back({{"metric", o.metric},
                               {"finding", to_string(o.finding)},
                               {"scenarios", o.scenarios},
                               {"ratio", o.ratio},
                               {"ratio_low", number_or_null(o.ratio_low)},
                               {"ratio_high", number_or_null(o.ratio_high)},
                               {"effect", o.test.effect},
                               {"p", o.test.p},
                               {"p_adjusted", o.p_adjusted}});
  for (const GroupComparison& g : c.groups) {
    ComparisonJson group{{"subject", g.subject.name}, {"swept", g.subject.swept}, {"seeds_a", g.seeds_a},
                         {"seeds_b", g.seeds_b},      {"runs_a", g.runs_a},       {"runs_b", g.runs_b},
                         {"failed_a", g.failed_a},    {"failed_b", g.failed_b},   {"paired", g.paired},
                         {"only_a", g.only_a},        {"only_b", g.only_b},       {"metrics", ComparisonJson::array()}};
    if (g.subject != g.subject_b) group["subject_b"] = to_string(g.subject_b);
    for (const MetricComparison& m : g.metrics) group["metrics"].push_back(json_of_metric(m));
    json["groups"].push_back(std::move(group));
  }
  return json;
}

std::string comparison_json(const Comparison& c) {
  return comparison_document(c).dump(2, ' ', false, ComparisonJson::error_handler_t::replace) + "\n";
}

}  // namespace dwcp::reports
