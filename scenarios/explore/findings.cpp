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

std::string failure_lines(const std::string& title, const KindOfFailure& failure, const std::string& commit,
                          const reports::Style& style) {
  std::string text = findings_line(reports::paint(style, Ink::bad, title) + "  " + failure.mode.detail);
  text +=
      findings_line("  reproduce: " + failure.reproduce + reports::paint(style, Ink::dim, "  (commit " + commit + ")"));
  if (failure.minimised) text += minimised_lines(*failure.minimised, style);
  return text;
}

std::string verdict_line(const Findings& findings, const std::string& what, const reports::Style& style) {
  char rate[64];
  std::snprintf(rate, sizeof rate, "%.1f s, %.1f %s/s", findings.wall_s, findings.seeds_per_second(), what.c_str());
  const bool all = findings.failed() == 0;
  const std::string tried = all ? "✓ " + std::to_string(findings.seeds_tried) + " " + what + " passed"
                                : "✗ " + std::to_string(findings.failed()) + " of " +
                                      std::to_string(findings.seeds_tried) + " " + what + " failed";
  return findings_line(reports::paint(style, all ? Ink::good : Ink::bad, tried) + "   " + rate + ", " +
                       std::to_string(findings.jobs) + " at once");
}

// "chaos/slow-disk (faults.0.storage.host=a)"
std::string title_of(const Findings& findings) {
  std::string text = findings.scenario;
  for (std::size_t i = 0; i < findings.swept.size(); ++i) text += (i == 0 ? " (" : ", ") + findings.swept[i];
  return findings.swept.empty() ? text : text + ")";
}

// Runs take the place of seeds; without kinds.
Findings sum_of(const SuiteFindings& suite) {
  Findings sum;
  sum.wall_s = suite.wall_s;
  sum.jobs = suite.jobs;
  for (const Findings& scenario : suite.scenarios) {
    sum.seeds_tried += scenario.seeds_tried;
    sum.passed += scenario.passed;
  }
  return sum;
}

// The combinations of a sweep together.
std::string table_of_scenarios(const SuiteFindings& suite, const reports::Style& style) {
  struct Row {
    std::string name;
    std::uint64_t combinations = 0, tried = 0, failed = 0;
  };
  std::vector<Row> rows;
  for (const Findings& scenario : suite.scenarios) {
    if (rows.empty() || rows.back().name != scenario.scenario) rows.push_back({scenario.scenario});
    ++rows.back().combinations;
    rows.back().tried += scenario.seeds_tried;
    rows.back().failed += scenario.failed();
  }
  std::size_t widest = 8;
  for (const Row& row : rows) widest = std::max(widest, reports::columns(row.name));
  widest = std::min<std::size_t>(widest, 44);
  const auto line = [&](const std::string& name, const std::string& combinations, const std::string& tried,
                        const std::string& failed) {
    return reports::pad_right(reports::cut(name, widest), widest) + reports::pad_left(combinations, 14) +
           reports::pad_left(tried, 9) + reports::pad_left(failed, 9);
  };
  std::string text = findings_line(reports::paint(style, Ink::dim, line("scenario", "combinations", "runs", "failed")));
  for (const Row& row : rows)
    text += findings_line(reports::paint(
        style, row.failed > 0 ? Ink::bad : Ink::plain,
        line(row.name, std::to_string(row.combinations), std::to_string(row.tried), std::to_string(row.failed))));
  return text;
}

OrderedJson json_of(const Findings& findings) {
  OrderedJson json{{"schema", exploration_schema_version},
                   {"scenario", findings.scenario},
                   {"swept", findings.swept},
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
  return json;
}

std::string written(const OrderedJson& json) {
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
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

std::string to_json(const Findings& findings) { return written(json_of(findings)); }

std::string to_json(const SuiteFindings& suite) {
  const Findings sum = sum_of(suite);
  OrderedJson json{{"schema", exploration_schema_version},
                   {"suite", suite.suite},
                   {"commit", suite.commit},
                   {"runs", {{"tried", sum.seeds_tried}, {"passed", sum.passed}, {"failed", sum.failed()}}},
                   {"interrupted", suite.interrupted},
                   {"jobs", suite.jobs},
                   {"wall_time_s", suite.wall_s},
                   {"runs_per_second", sum.seeds_per_second()}};
  json["scenarios"] = OrderedJson::array();
  for (const Findings& scenario : suite.scenarios) json["scenarios"].push_back(json_of(scenario));
  return written(json);
}

std::string render_findings(const Findings& findings, const reports::Style& style) {
  std::string text = "\n" + findings_line(reports::paint(style, Ink::bold, findings.scenario) + "   " +
                                          reports::paint(style, Ink::dim, findings.about));
  if (!findings.kinds.empty()) text += "\n" + table_of_kinds(findings, style);
  for (const auto& [kind, failure] : findings.kinds)
    text += "\n" + failure_lines("✗ " + kind, failure, findings.commit, style);
  return text + "\n" + verdict_line(findings, "seeds", style) + "\n";
}

std::string render_findings(const SuiteFindings& suite, const reports::Style& style) {
  std::string text =
      "\n" + findings_line(reports::paint(style, Ink::bold, suite.suite)) + "\n" + table_of_scenarios(suite, style);
  for (const Findings& findings : suite.scenarios)
    for (const auto& [kind, failure] : findings.kinds)
      text += "\n" + failure_lines("✗ " + title_of(findings) + ": " + kind, failure, findings.commit, style);
  return text + "\n" + verdict_line(sum_of(suite), "runs", style) + "\n";
}

}  // namespace dwcp::scenarios
