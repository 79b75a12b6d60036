// Scenarios that run with several values of a key.
#include <algorithm>

#include "scenarios/format/load.hpp"

namespace dwcp::scenarios {
namespace {

struct Axis {
  std::string key;
  const std::vector<Json>* values;
  Position where;
};

std::string key_of(const std::string& assignment) { return assignment.substr(0, assignment.find('=')); }

// A place of its own for each value: which of them is wrong.
Position place_of(const Document& document, const std::string& key, std::size_t index) {
  return document.position("/sweep/" + escape_step(key) + "/" + std::to_string(index));
}

}  // namespace

Result<std::vector<Scenario>> load_sweep(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  const auto document = load_document(file, overrides);
  if (!document) return document.error();
  auto base = read_scenario(*document, file);
  if (!base) return base.error();
  if (base->sweep.empty()) return std::vector{std::move(base).value()};

  std::vector<Axis> axes;
  std::size_t points = 1;
  for (const auto& [key, values] : base->sweep) {
    const Position where = document->position("/sweep/" + escape_step(key));
    if (std::ranges::any_of(overrides, [&name = key](const std::string& set) { return key_of(set) == name; })) continue;
    if (values.empty()) return to_failure({{where, "sweep: '" + key + "' has no values"}});
    if (values.size() > sweep_points_max / points)
      return to_failure({{where, "sweep: more than " + std::to_string(sweep_points_max) + " combinations"}});
    points *= values.size();
    axes.push_back({key, &values, where});
  }

  std::vector<Scenario> scenarios;
  for (std::size_t point = 0; point < points; ++point) {
    Document varied = *document;
    std::vector<std::string> swept;
    std::size_t rest = point, below = points;
    for (const Axis& axis : axes) {
      below /= axis.values->size();
      const std::size_t index = rest / below;
      rest %= below;
      const Json& value = (*axis.values)[index];
      const Position where = place_of(*document, axis.key, index);
      const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
      if (auto applied = apply_override(varied, axis.key + "=" + text, &where); !applied) return applied.error();
      swept.push_back(axis.key + "=" + text);
    }
    auto scenario = read_scenario(varied, file);
    if (!scenario) return scenario.error();
    scenario->swept = std::move(swept);
    scenarios.push_back(std::move(*scenario));
  }
  return scenarios;
}

}  // namespace dwcp::scenarios
