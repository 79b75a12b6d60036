#include "reports/compare/comparison_html.hpp"

#include <algorithm>
#include <array>

#include "reports/compare/comparison_json.hpp"
#include "reports/html_page.hpp"
#include "reports/run_document.hpp"

namespace dwcp::reports {
namespace {

using PageJson = nlohmann::ordered_json;

// Appends [[seed, value], ...] of both sides to the metrics of the document that have repeats, those first that come
// first; returns how many metrics had no room.
std::size_t add_values(const Comparison& comparison, PageJson& document) {
  std::size_t values = 0, left_out = 0;
  for (std::size_t g = 0; g < comparison.groups.size(); ++g)
    for (std::size_t i = 0; i < comparison.groups[g].metrics.size(); ++i) {
      const MetricComparison& m = comparison.groups[g].metrics[i];
      if (m.method == Method::none) continue;
      if (values + m.count_a + m.count_b > comparison_values_max) {
        ++left_out;
        continue;
      }
      values += m.count_a + m.count_b;
      PageJson& json = document["groups"][g]["metrics"][i];
      for (const auto& [key, side] : {std::pair("values_a", &m.values_a), std::pair("values_b", &m.values_b)}) {
        json[key] = PageJson::array();
        for (const SeedValue& v : *side) json[key].push_back(PageJson::array({v.seed, v.value}));
      }
    }
  return left_out;
}

// Keeps the first comparison_metrics_max metrics by what is said of them, then by their order; returns how many there
// were besides.
std::size_t bound_metrics(const Comparison& comparison, PageJson& document) {
  std::array<std::size_t, 5> counts{};
  for (const GroupComparison& group : comparison.groups)
    for (const MetricComparison& m : group.metrics) ++counts[static_cast<std::size_t>(m.finding)];
  std::size_t room = comparison_metrics_max, left_out = 0;
  std::array<std::size_t, 5> kept{};
  for (std::size_t finding = 0; finding < counts.size(); ++finding) {
    kept[finding] = std::min(counts[finding], room);
    room -= kept[finding];
    left_out += counts[finding] - kept[finding];
  }
  if (left_out == 0) return 0;
  for (std::size_t g = 0; g < comparison.groups.size(); ++g) {
    PageJson some = PageJson::array();
    for (std::size_t i = 0; i < comparison.groups[g].metrics.size(); ++i) {
      std::size_t& left = kept[static_cast<std::size_t>(comparison.groups[g].metrics[i].finding)];
      if (left == 0) continue;
      --left;
      some.push_back(std::move(document["groups"][g]["metrics"][i]));
    }
    document["groups"][g]["metrics"] = std::move(some);
  }
  return left_out;
}

bool is_run_with_timeline(const NamedRuns& side) {
  return side.runs.size() == 1 && !side.runs.front().folder.empty() &&
         std::filesystem::exists(side.runs.front().folder / "timeline.json");
}

}  // namespace

std::string comparison_report(const Comparison& comparison, const NamedRuns& a, const NamedRuns& b) {
  PageJson document = comparison_document(comparison);
  PageJson data{{"kind", "comparison"}};
  data["values_left_out"] = add_values(comparison, document);
  data["metrics_left_out"] = bound_metrics(comparison, document);
  for (const Finding finding : {Finding::worse, Finding::better, Finding::changed, Finding::cannot_tell, Finding::same})
    data["counts"][std::string(to_string(finding))] = comparison.count(finding);
  if (is_run_with_timeline(a) && is_run_with_timeline(b))
    data["runs"] = {{"a", run_document(a.runs.front().folder)}, {"b", run_document(b.runs.front().folder)}};
  data.update(document);
  const std::string what = comparison.groups.size() == 1 ? to_string(comparison.groups.front().subject)
                                                         : std::to_string(comparison.groups.size()) + " scenarios";
  return html_page(what + ": " + comparison.b.path + " beside " + comparison.a.path,
                   data.dump(-1, ' ', true, PageJson::error_handler_t::replace));
}

}  // namespace dwcp::reports
