#include "scenarios/runner/runner.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iostream>
#include <list>
#include <set>

#include "reports/perfetto.hpp"
#include "reports/progress_line.hpp"
#include "reports/report.hpp"
#include "scenarios/format/load.hpp"
#include "scenarios/runner/interrupt.hpp"
#include "scenarios/runner/job.hpp"
#include "scenarios/runner/live.hpp"
#include "scenarios/runner/result_folder.hpp"
#include "scenarios/runner/shell_words.hpp"
#include "scenarios/runner/simulated.hpp"

namespace dwcp::scenarios {
namespace {

using Clock = std::chrono::steady_clock;
using reports::Verdict;

constexpr auto redraw_interval = std::chrono::milliseconds(100);

std::string reproduce_line(const RunOptions& options, const Scenario& scenario, std::uint64_t seed) {
  std::string line = "dwcp run " + shell_quoted(scenario.file.string()) + " --seed " + std::to_string(seed);
  for (const auto* assignments : {&options.overrides, &scenario.swept})
    for (const std::string& assignment : *assignments) line += " --set " + shell_quoted(assignment);
  if (options.network_namespaces) line += " --netns";
  return line;
}

void write_trace(const std::filesystem::path& folder, const std::filesystem::path& file) {
  std::ifstream events(folder / "events.jsonl");
  std::ofstream trace(file, std::ios::binary | std::ios::trunc);
  reports::write_perfetto(events, trace);
  trace.close();
  if (!trace) throw Error(Errc::storage_failed, "'" + file.string() + "' could not be written");
}

// Throws Error(bad_value) when what is asked for needs one run, and there are several.
void check_single(const RunOptions& options, const std::vector<std::vector<Scenario>>& loaded) {
  if (options.trace.empty() && options.captures.empty()) return;
  std::uint64_t runs = 0;
  for (const auto& scenarios : loaded)
    for (const Scenario& scenario : scenarios)
      runs +=
          options.seeds ? options.seeds->second - options.seeds->first + 1 : options.repeat.value_or(scenario.repeat);
  if (runs != 1)
    throw Error(Errc::bad_value, std::string(options.trace.empty() ? "--pcap" : "--trace") +
                                     " is for one run, and these are " + std::to_string(runs) +
                                     "; name one file, with --seed and --set for one point of a sweep");
  if (!options.captures.empty() && loaded.front().front().world == WorldKind::live)
    throw Error(Errc::bad_value, "--pcap is for simulated worlds; capture a live one with tcpdump");
  if (!options.captures.empty() && loaded.front().front().fidelity == Fidelity::flow)
    throw Error(Errc::bad_value, "--pcap needs packets: --set fidelity=packet");
  if (!options.captures.empty()) std::filesystem::create_directories(options.captures);
}

reports::Result run_world(const Job& job, const OnProgress& on_progress) {
  return job.scenario.world == WorldKind::sim ? run_simulated(job, on_progress) : run_live(job, on_progress);
}

// All runs of one scenario. `alone`: it is the only one, and shows them in full.
class Batch {
 public:
  Batch(const RunOptions& options, Scenario scenario, bool alone)
      : options_(options),
        alone_(alone),
        scenario_(std::move(scenario)),
        out_(reports::style_of(STDOUT_FILENO)),
        progress_(options.quiet) {
    const std::uint64_t first = options.seeds ? options.seeds->first : options.seed.value_or(scenario_.seed);
    const std::uint64_t count =
        options.seeds ? options.seeds->second - first + 1 : options.repeat.value_or(scenario_.repeat);
    for (std::uint64_t i = 0; i < count; ++i) seeds_.push_back(first + i);
  }

  // What finished, by seed; not empty unless interrupted.
  std::vector<reports::FinishedRun> run() {
    const std::string time = folder_time();
    std::size_t next = 0;
    while ((next < seeds_.size() || !running_.empty()) && !interrupted()) {
      while (next < seeds_.size() && running_.size() < options_.jobs) start(seeds_[next++], time);
      wait();
      if (!running_.empty()) progress_.show([this](const reports::Style& style) { return progress_text(style); });
    }
    progress_.clear();
    running_.clear();
    return finish();
  }

 private:
  void start(std::uint64_t seed, const std::string& time) {
    Job job{scenario_,
            seed,
            make_result_folder(options_.out, scenario_.name, time, seed),
            reproduce_line(options_, scenario_, seed),
            options_.network_namespaces,
            options_.captures,
            true,
            options_.report};
    running_.emplace_back(std::move(job), run_world);
  }

  void wait() {
    std::vector<pollfd> descriptors;
    for (const JobProcess& process : running_) descriptors.push_back({process.descriptor(), POLLIN, 0});
    poll(descriptors.data(), descriptors.size(), static_cast<int>(redraw_interval.count()));
    for (auto it = running_.begin(); it != running_.end();) {
      if (it->take_progress()) {
        ++it;
        continue;
      }
      finished_.push_back({it->job().folder, it->result()});
      if (finished_.back().result.verdict != Verdict::passed) ++failed_;
      it = running_.erase(it);
    }
  }

  double wall_s() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }

  std::string progress_text(const reports::Style& style) const {
    if (seeds_.size() == 1)
      return running_.empty() ? "" : reports::render_progress(running_.front().progress(), scenario_.name, style);
    return reports::render_progress(finished_.size(), failed_, seeds_.size(), wall_s(), scenario_.name, style);
  }

  std::vector<reports::FinishedRun> finish() {
    std::sort(finished_.begin(), finished_.end(),
              [](const auto& a, const auto& b) { return a.result.seed < b.result.seed; });
    std::vector<reports::Result> results;
    for (const reports::FinishedRun& finished : finished_) {
      results.push_back(finished.result);
      if (options_.json) std::cout << reports::to_json(finished.result);
      if (!options_.trace.empty()) write_trace(finished.folder, options_.trace);
    }
    if (!options_.json && alone_) {
      if (seeds_.size() == 1 && !finished_.empty())
        std::cout << reports::render_result(results.front(), out_, finished_.front().folder.string());
      else
        std::cout << reports::render_summary(results, out_);
    }
    std::cout << std::flush;
    if (interrupted())
      std::cerr << "dwcp: interrupted; " << finished_.size() << " of " << seeds_.size() << " runs were finished\n";
    return std::move(finished_);
  }

  const RunOptions& options_;
  const bool alone_;
  Scenario scenario_;
  reports::Style out_;
  reports::ProgressLine progress_;
  std::vector<std::uint64_t> seeds_;
  std::list<JobProcess> running_;
  std::vector<reports::FinishedRun> finished_;
  std::size_t failed_ = 0;
  Clock::time_point began_ = Clock::now();
};

RunOutcome worst(const std::vector<reports::Result>& results) {
  RunOutcome outcome = RunOutcome::passed;
  for (const reports::Result& result : results) {
    RunOutcome one = RunOutcome::passed;
    if (result.verdict == Verdict::aborted) one = RunOutcome::aborted;
    if (result.verdict == Verdict::failed)
      one = result.violations.empty() ? RunOutcome::threshold_failed : RunOutcome::failed;
    outcome = std::max(outcome, one);
  }
  return outcome;
}

// Scenarios that belong together: those of one sweep, or all that were named, in one table.
struct Group {
  std::vector<std::string> headers;
  std::vector<Scenario> scenarios;
};

std::vector<std::string> labels_of(const Scenario& scenario) {
  std::vector<std::string> labels;
  for (const std::string& assignment : scenario.swept) labels.push_back(assignment.substr(assignment.find('=') + 1));
  if (labels.empty()) labels.push_back(scenario.name);
  return labels;
}

// The last steps of the keys where they tell them apart, the whole keys where they do not.
std::vector<std::string> headers_of(const std::vector<std::string>& swept) {
  std::vector<std::string> keys, last;
  for (const std::string& assignment : swept) {
    keys.push_back(assignment.substr(0, assignment.find('=')));
    last.push_back(keys.back().substr(keys.back().rfind('.') + 1));
  }
  const std::set<std::string> different(last.begin(), last.end());
  return different.size() == last.size() ? last : keys;
}

std::vector<Group> groups_of(std::vector<std::vector<Scenario>> files) {
  std::vector<Group> groups;
  Group single{{"scenario"}, {}};
  for (auto& scenarios : files) {
    if (scenarios.size() == 1 && scenarios.front().swept.empty())
      single.scenarios.push_back(std::move(scenarios.front()));
    else
      groups.push_back({headers_of(scenarios.front().swept), std::move(scenarios)});
  }
  if (!single.scenarios.empty()) groups.insert(groups.begin(), std::move(single));
  return groups;
}

// The report of all, where they are several. Standard output is the JSON's alone.
void report_all(const RunOptions& options, const std::vector<reports::FinishedRun>& runs) {
  if (!options.report || runs.size() < 2) return;
  const auto file = options.out / reports::report_file;
  reports::write_report(file, reports::runs_report(runs, options.out, 0));
  if (!options.json) std::cout << "    " << file.string() << "\n\n" << std::flush;
}

// Adds to `finished`.
RunOutcome run_group(const RunOptions& options, Group group, std::vector<reports::FinishedRun>& finished) {
  const bool alone = group.scenarios.size() == 1;
  std::vector<reports::RowOfRuns> rows;
  RunOutcome outcome = RunOutcome::passed;
  for (Scenario& scenario : group.scenarios) {
    if (interrupted()) break;
    const auto labels = labels_of(scenario);
    auto runs = Batch(options, std::move(scenario), alone).run();
    std::vector<reports::Result> results;
    for (const reports::FinishedRun& run : runs) results.push_back(run.result);
    std::ranges::move(runs, std::back_inserter(finished));
    outcome = std::max(outcome, worst(results));
    if (!results.empty()) rows.push_back({labels, std::move(results)});
  }
  if (!alone && !options.json && !rows.empty())
    std::cout << reports::render_rows(group.headers, rows, reports::style_of(STDOUT_FILENO)) << std::flush;
  return interrupted() ? RunOutcome::aborted : outcome;
}

}  // namespace

Result<std::pair<std::uint64_t, std::uint64_t>> parse_seeds(std::string_view text) {
  const auto bad = [&](const std::string& why) {
    return Failure(Errc::bad_value, "seeds '" + std::string(text) + "' " + why + "; write them as 1..100");
  };
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos) return bad("are no range");
  const auto number = [](std::string_view digits) -> std::optional<std::uint64_t> {
    std::uint64_t value = 0;
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || rest != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  const auto from = number(text.substr(0, dots)), to = number(text.substr(dots + 2));
  if (!from || !to) return bad("are no whole numbers");
  if (*to < *from) return bad("end before they begin");
  if (*to - *from >= seeds_max) return bad("are more than " + std::to_string(seeds_max));
  return std::pair(*from, *to);
}

RunOutcome run_scenarios(const RunOptions& options) {
  std::vector<std::filesystem::path> files = options.files;
  for (const std::string& suite : options.suites)
    for (auto& file : files_of_suite(options.library, suite)) files.push_back(std::move(file));
  std::vector<std::vector<Scenario>> loaded;
  for (const auto& file : files) {
    loaded.push_back(load_sweep(file, options.overrides).value());
    for (const Scenario& scenario : loaded.back())
      if (scenario.world == WorldKind::live) check_live(scenario);
  }
  check_single(options, loaded);
  const InterruptGuard guard;
  RunOutcome outcome = RunOutcome::passed;
  std::vector<reports::FinishedRun> finished;
  for (Group& group : groups_of(std::move(loaded))) {
    if (interrupted()) break;
    outcome = std::max(outcome, run_group(options, std::move(group), finished));
  }
  report_all(options, finished);
  return outcome;
}

}  // namespace dwcp::scenarios
