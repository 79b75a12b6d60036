#include "reports/report.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "reports/html_page.hpp"
#include "reports/run_document.hpp"

namespace dwcp::reports {
namespace {

using ReportJson = nlohmann::ordered_json;

// Violations of one run in a report of many.
constexpr std::size_t violations_shown_max = 3;

std::string dumped(const ReportJson& json) { return json.dump(-1, ' ', true, ReportJson::error_handler_t::replace); }

ReportJson row_of(const FinishedRun& run, const std::vector<std::string>& metrics,
                  const std::filesystem::path& beside) {
  const Result& r = run.result;
  ReportJson row{{"scenario", r.scenario},
                 {"about", r.about},
                 {"seed", r.seed},
                 {"swept", r.swept},
                 {"world", r.world},
                 {"fidelity", r.fidelity},
                 {"commit", r.commit},
                 {"verdict", to_string(r.verdict)},
                 {"reason", r.reason},
                 {"virtual_time_s", to_seconds(r.virtual_time)},
                 {"wall_time_s", r.wall_time_s},
                 {"reproduce", r.reproduce},
                 {"thresholds", ReportJson::array()},
                 {"violations", ReportJson::array()},
                 {"metrics", ReportJson::array()}};
  for (const ThresholdResult& t : r.thresholds) {
    ReportJson threshold{{"expr", t.expr}, {"value", t.value ? ReportJson(*t.value) : ReportJson()}, {"ok", t.ok}};
    if (t.bound) threshold["bound"] = *t.bound;
    row["thresholds"].push_back(std::move(threshold));
  }
  for (std::size_t i = 0; i < std::min(r.violations.size(), violations_shown_max); ++i)
    row["violations"].push_back({{"checker", r.violations[i].checker},
                                 {"time_s", to_seconds(r.violations[i].time)},
                                 {"detail", r.violations[i].detail}});
  row["violations_left_out"] = r.violations.size() - row["violations"].size();
  for (const std::string& name : metrics) {
    auto value = r.metric(name);
    if (!value) value = r.metric(name + ".p50");
    row["metrics"].push_back(value ? ReportJson(*value) : ReportJson());
  }
  const auto report = std::filesystem::absolute(run.folder / report_file);
  if (std::filesystem::exists(report))
    row["report"] = report.lexically_normal().lexically_proximate(beside).generic_string();
  return row;
}

// Of scenarios that are all of one suite, its name.
std::string title_of(const std::set<std::string>& scenarios) {
  if (scenarios.size() == 1) return *scenarios.begin();
  const std::string& first = *scenarios.begin();
  const std::string suite = first.substr(0, first.find('/') + 1);
  const bool one_suite =
      !suite.empty() && std::ranges::all_of(scenarios, [&](const auto& name) { return name.starts_with(suite); });
  return one_suite ? suite.substr(0, suite.size() - 1) : std::to_string(scenarios.size()) + " scenarios";
}

}  // namespace

std::string run_report(const std::filesystem::path& folder) {
  const FinishedRun run = read_run(folder);
  ReportJson data{{"kind", "run"}};
  data.update(run_document(folder));
  return html_page(run.result.scenario + ", seed " + std::to_string(run.result.seed), dumped(data));
}

std::string runs_report(const std::vector<FinishedRun>& runs, const std::filesystem::path& beside, std::size_t older) {
  std::set<std::string> names, scenarios;
  std::vector<const FinishedRun*> shown;
  for (const FinishedRun& run : runs) {
    for (const auto& [name, value] : run.result.metrics) names.insert(name);
    scenarios.insert(run.result.scenario);
    shown.push_back(&run);
  }
  // Where there are too many, those that failed stay.
  if (shown.size() > report_runs_max) {
    std::ranges::stable_partition(shown, [](const FinishedRun* run) { return run->result.verdict != Verdict::passed; });
    shown.resize(report_runs_max);
    std::ranges::sort(shown);  // as they came: all are of one array
  }
  const Result& first = runs.front().result;
  const std::string title = title_of(scenarios);
  const std::vector<std::string> metrics(names.begin(), names.end());
  ReportJson data{
      {"kind", "runs"},
      {"title", title},
      {"metrics", metrics},
      {"older_left_out", older},
      {"runs_left_out", runs.size() - shown.size()},
      {"machine",
       {{"processor", first.machine.processor}, {"system", first.machine.system}, {"cores", first.machine.cores}}},
      {"versions", first.versions},
      {"runs", ReportJson::array()}};
  const auto from = std::filesystem::absolute(beside).lexically_normal();
  for (const FinishedRun* run : shown) data["runs"].push_back(row_of(*run, metrics, from));
  return html_page(title, dumped(data));
}

void write_report(const std::filesystem::path& file, const std::string& html) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << html;
  out.close();
  if (!out) throw Error(Errc::storage_failed, "'" + file.string() + "' could not be written");
}

}  // namespace dwcp::reports
