#include "scenarios/explore/findings.hpp"

#include <algorithm>

#include "scenarios/explore/parts.hpp"

namespace dwcp::scenarios {
namespace {

using reports::Ink;
using OrderedJson = nlohmann::ordered_json;  // keys stay in the order in which a person wants to read them

OrderedJson json_of(const PartCounts& counts) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [name, count] : counts) json[name] = count;
  return json;
}

OrderedJson json_of(const std::optional<MinimisedFile>& minimised) {
  if (!minimised) return nullptr;
  return {{"file", minimised->file.empty() ? OrderedJson() : OrderedJson(minimised->file.string())},
          {"replay", minimised->replay},
          {"before", json_of(minimised->before)},
          {"after", json_of(minimised->after)},
          {"runs", minimised->runs},
          {"complete", minimised->complete}};
}

OrderedJson json_of(const KindOfFailure& failure) {
  return {{"kind", failure.mode.kind},
          {"count", failure.count},
          {"seeds", failure.seeds},
          {"detail", failure.mode.detail},
          {"reproduce", failure.reproduce},
          {"folder", failure.folder.string()},
          {"minimised", json_of(failure.minimised)}};
}

std::string findings_line(const std::string& text) { return "  " + text + "\n"; }

std::string seeds_text(const KindOfFailure& failure) {
  constexpr std::size_t shown_max = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(failure.seeds.size(), shown_max); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(failure.seeds[i]);
  return text + (failure.count > shown_max ? ", ..." : "");
}

// "faults 3 → 1, VMs 2 → 1": where anything was left out.
std::string shrinkage_text(const MinimisedFile& minimised) {
  std::string text;
  for (std::size_t i = 0; i < minimised.before.size(); ++i) {
    const auto& [name, before] = minimised.before[i];
    const std::size_t after = minimised.after[i].second;
    if (before == after) continue;
    text += (text.empty() ? "" : ", ") + name + " " + std::to_string(before) + " → " + std::to_string(after);
  }
  return text.empty() ? "nothing could be left out" : text;
}

std::string minimised_lines(const MinimisedFile& minimised, const reports::Style& style) {
  const std::string runs = std::to_string(minimised.runs) + (minimised.runs == 1 ? " run" : " runs");
  if (minimised.file.empty())
    return findings_line("  not minimised: with its faults made explicit the run did not fail so again (" + runs + ")");
  std::string text = findings_line(
      "  minimised: " + shrinkage_text(minimised) +
      reports::paint(style, Ink::dim, "  (" + runs + (minimised.complete ? ")" : ", then time or runs were over)")));
  return text + findings_line("  replay: " + reports::paint(style, Ink::bold, minimised.replay));
}

std::string table_of_kinds(const Findings& findings, const reports::Style& style) {
  std::size_t widest = 4;
  for (const auto& [kind, failure] : findings.kinds) widest = std::max(widest, reports::columns(kind));
  widest = std::min<std::size_t>(widest, 50);
  std::string text = findings_line(reports::paint(
      style, Ink::dim, reports::pad_right("kind", widest) + reports::pad_left("failed", 10) + "  first seeds"));
  for (const auto& [kind, failure] : findings.kinds)
    text += findings_line(reports::paint(style, Ink::bad, reports::pad_right(reports::cut(kind, widest), widest)) +
                          reports::pad_left(std::to_string(failure.count), 10) + "  " + seeds_text(failure));
  return text;
}

}  // namespace

PartCounts count_parts(const Json& document) {
  PartCounts counts;
  for (const PartKind& kind : part_kinds()) counts.emplace_back(kind.name, kind.count(document));
  return counts;
}

bool KindOfFailure::add(std::uint64_t seed) {
  ++count;
  const auto place = std::lower_bound(seeds.begin(), seeds.end(), seed);
  const bool least = place == seeds.begin();
  seeds.insert(place, seed);
  if (seeds.size() > seeds_listed_max) seeds.pop_back();
  return least;
}

std::string to_json(const Findings& findings) {
  OrderedJson json{{"schema", exploration_schema_version},
                   {"scenario", findings.scenario},
                   {"about", findings.about},
                   {"file", findings.file},
                   {"commit", findings.commit},
                   {"seeds",
                    {{"tried", findings.seeds_tried},
                     {"first", findings.first_seed},
                     {"last", findings.last_seed},
                     {"passed", findings.passed},
                     {"failed", findings.failed()}}},
                   {"interrupted", findings.interrupted},
                   {"jobs", findings.jobs},
                   {"wall_time_s", findings.wall_s},
                   {"runs_per_second", findings.seeds_per_second()}};
  json["failures"] = OrderedJson::array();
  for (const auto& [kind, failure] : findings.kinds) json["failures"].push_back(json_of(failure));
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::string render_findings(const Findings& findings, const reports::Style& style) {
  std::string text = "\n" + findings_line(reports::paint(style, Ink::bold, findings.scenario) + "   " +
                                          reports::paint(style, Ink::dim, findings.about));
  if (!findings.kinds.empty()) text += "\n" + table_of_kinds(findings, style);
  for (const auto& [kind, failure] : findings.kinds) {
    text += "\n" + findings_line(reports::paint(style, Ink::bad, "✗ " + kind) + "  " + failure.mode.detail);
    text += findings_line("  reproduce: " + failure.reproduce +
                          reports::paint(style, Ink::dim, "  (commit " + findings.commit + ")"));
    if (failure.minimised) text += minimised_lines(*failure.minimised, style);
  }
  char rate[64];
  std::snprintf(rate, sizeof rate, "%.1f s, %.1f seeds/s", findings.wall_s, findings.seeds_per_second());
  const bool all = findings.failed() == 0;
  const std::string tried =
      all ? "✓ " + std::to_string(findings.seeds_tried) + " seeds passed"
          : "✗ " + std::to_string(findings.failed()) + " of " + std::to_string(findings.seeds_tried) + " seeds failed";
  text += "\n" + findings_line(reports::paint(style, all ? Ink::good : Ink::bad, tried) + "   " + rate + ", " +
                               std::to_string(findings.jobs) + " at once");
  return text + "\n";
}

}  // namespace dwcp::scenarios
