#include "reports/compare/compare_warnings.hpp"

#include <algorithm>
#include <set>

namespace dwcp::reports {
namespace {

constexpr std::size_t subjects_named_max = 3;

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (!text.empty() && std::ranges::find(list, text) == list.end()) list.push_back(text);
}

std::string joined(const std::set<std::string>& texts) {
  std::string all;
  std::size_t count = 0;
  for (const std::string& text : texts) {
    if (++count > subjects_named_max) continue;
    all += (all.empty() ? "" : ", ") + text;
  }
  return count > subjects_named_max ? all + " and " + std::to_string(count - subjects_named_max) + " more" : all;
}

std::string overrides_text(const Run& run) {
  std::string text;
  for (const std::string& assignment : run.overrides) text += (text.empty() ? "" : " ") + assignment;
  return text.empty() ? "none" : text;
}

std::string versions_text(const Run& run) {
  std::string text;
  for (const auto& [name, version] : run.versions)
    if (name != "dwcp") text += (text.empty() ? "" : ", ") + name + " " + version;
  return text;
}

// By subject: what the runs of a side say of themselves.
using Said = std::map<std::string, std::set<std::string>>;
template <class Text>
Said said(const std::vector<Run>& runs, Text text) {
  Said all;
  for (const Run& run : runs)
    if (const std::string one = text(run); !one.empty()) all[to_string(run.subject)].insert(one);
  return all;
}

// The subjects of both sides about which the sides say different things.
std::set<std::string> told_apart(const Said& a, const Said& b) {
  std::set<std::string> subjects;
  for (const auto& [subject, texts] : a)
    if (const auto other = b.find(subject); other != b.end() && other->second != texts) subjects.insert(subject);
  return subjects;
}

std::set<std::string> all_said(const Said& said_by) {
  std::set<std::string> texts;
  for (const auto& [subject, of_one] : said_by) texts.insert(of_one.begin(), of_one.end());
  return texts;
}

// Two runs of one seed, commit and scenario whose figures of virtual time differ.
void warn_of_chance(const NamedRuns& side, const char* name, std::vector<std::string>& warnings) {
  for (std::size_t i = 1; i < side.runs.size(); ++i) {
    const Run &one = side.runs[i - 1], &other = side.runs[i];
    if (!one.simulated || one.subject != other.subject || one.seed != other.seed || one.commit != other.commit ||
        one.scenario_hash != other.scenario_hash || one.overrides != other.overrides ||
        one.versions != other.versions || one.commit.ends_with("-dirty"))
      continue;
    for (const auto& [metric, figure] : one.figures) {
      const auto found = other.figures.find(metric);
      if (traits_of(one, metric).clock == MetricClock::wall || found == other.figures.end() ||
          found->second.value == figure.value)
        continue;
      warnings.push_back(std::string(name) + ": " + to_string(one.subject) + " ran twice with seed " +
                         std::to_string(one.seed) + ", and " + metric + " differs: the run is not deterministic");
      return;
    }
  }
}

}  // namespace

SideSummary summary_of(const NamedRuns& side) {
  SideSummary summary;
  summary.path = side.path;
  summary.runs = side.runs.size();
  std::set<std::uint64_t> seeds;
  for (const Run& run : side.runs) {
    add_once(summary.commits, run.commit);
    add_once(summary.machines, run.machine);
    add_once(summary.worlds, run.world == "sim" ? "sim, " + run.fidelity : run.world);
    for (const std::string& assignment : run.overrides) add_once(summary.overrides, assignment);
    if (!run.bench) seeds.insert(run.seed);
  }
  summary.seeds.assign(seeds.begin(), seeds.end());
  return summary;
}

void add_warnings(const NamedRuns& a, const NamedRuns& b, std::vector<std::string>& warnings) {
  const auto differs = [&](auto text, const std::string& what, const std::string& so) {
    const Said by_a = said(a.runs, text), by_b = said(b.runs, text);
    if (const auto subjects = told_apart(by_a, by_b); !subjects.empty())
      warnings.push_back(what + " in " + joined(subjects) + so);
    return std::pair(all_said(by_a), all_said(by_b));
  };
  differs([](const Run& run) { return run.scenario_hash; }, "the scenario's file is not the same",
          ": the sides ran different worlds");
  differs([](const Run& run) { return run.world; }, "one side is simulated and one is not", "");
  differs([](const Run& run) { return run.world == "sim" ? run.fidelity : ""; }, "the fidelity is not the same",
          ": streams as packets beside streams as fluid (docs/fidelity.md)");
  differs(overrides_text, "--set was not the same", "");
  const auto machines = [&] {
    const Said by_a = said(a.runs, [](const Run& run) { return run.machine; });
    const Said by_b = said(b.runs, [](const Run& run) { return run.machine; });
    return std::pair(all_said(by_a), all_said(by_b));
  }();
  if (machines.first != machines.second)
    warnings.push_back("different machines: figures of a wall clock do not compare (A: " + joined(machines.first) +
                       "; B: " + joined(machines.second) + ")");
  const auto versions = std::pair(all_said(said(a.runs, versions_text)), all_said(said(b.runs, versions_text)));
  if (versions.first != versions.second && !versions.first.empty() && !versions.second.empty())
    warnings.push_back("different compilers or libraries: bytes and times may differ by them (A: " +
                       joined(versions.first) + "; B: " + joined(versions.second) + ")");
  for (const auto& [side, name] : {std::pair(&a, "A"), std::pair(&b, "B")}) {
    const auto commits = all_said(said(side->runs, [](const Run& run) { return run.commit; }));
    if (commits.size() > 1)
      warnings.push_back(std::string(name) + " mixes runs of several commits (" + joined(commits) +
                         "): of each seed the newest counts");
    warn_of_chance(*side, name, warnings);
  }
}

}  // namespace dwcp::reports
