// dwcp gate: a change must not make figures worse.
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/gate/child_run.hpp"
#include "cli/gate/turns.hpp"
#include "reports/gate/gate.hpp"
#include "reports/gate/self_test.hpp"
#include "reports/gate/update.hpp"
#include "reports/progress_line.hpp"
#include "scenarios/runner/runner.hpp"

namespace dwcp::cli {
namespace {

struct GateCommand {
  std::vector<std::filesystem::path> what;
  std::vector<std::string> suites;
  std::filesystem::path library = "scenarios", baseline, out = "results/gate", against, junit;
  std::vector<std::filesystem::path> neighbours;
  reports::UpdateOptions update_options;
  reports::WallOptions wall;
  unsigned repeats = 10, jobs = 1;
  bool update = false, self_test = false, partial = false, json = false, all = false, quiet = false,
       annotations = false;
};

bool is_scenario(const std::filesystem::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

std::vector<std::filesystem::path> scenarios_of(const GateCommand& command) {
  std::vector<std::filesystem::path> files;
  for (const auto& path : command.what)
    if (is_scenario(path)) files.push_back(path);
  for (const std::string& suite : command.suites)
    for (auto& file : scenarios::files_of_suite(command.library, suite)) files.push_back(std::move(file));
  return files;
}

// Results that are named, and those of scenarios, which are run first.
std::vector<reports::Run> gather_runs(const GateCommand& command, const std::vector<std::filesystem::path>& files) {
  std::vector<reports::Run> runs;
  const auto take = [&](std::vector<reports::Run> more) {
    runs.insert(runs.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  for (const auto& path : command.what)
    if (!is_scenario(path)) take(reports::read_runs(path).value());
  if (!files.empty()) {
    std::vector<std::string> arguments{"--jobs", std::to_string(command.jobs)};
    if (command.quiet || command.json) arguments.push_back("--quiet");
    for (const auto& file : files) arguments.push_back(file.string());
    take(run_as_child(this_program(), arguments, make_folder_below(command.out)).runs);
  }
  return runs;
}

std::string date_of_today() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[16];
  std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
  return text;
}

bool is_folder_of_baselines(const std::filesystem::path& path) {
  return std::filesystem::is_directory(path) || path.extension() != ".json";
}

// In a folder each suite has a file of its own.
std::filesystem::path baseline_file_of(const GateCommand& command, const reports::Run& run) {
  if (!is_folder_of_baselines(command.baseline)) return command.baseline;
  return command.baseline / (run.subject.name.substr(0, run.subject.name.find('/')) + ".json");
}

ExitCode record(const GateCommand& command, const std::vector<reports::Run>& runs) {
  std::vector<reports::Run> neighbours;
  for (const auto& path : command.neighbours)
    for (auto& run : reports::read_runs(path).value()) neighbours.push_back(std::move(run));
  reports::UpdateOptions options = command.update_options;
  options.date = date_of_today();
  options.neighbours = neighbours;
  std::map<std::filesystem::path, std::vector<reports::Run>> by_file;
  for (const reports::Run& run : runs)
    if (!run.bench) by_file[baseline_file_of(command, run)].push_back(run);
  std::vector<std::pair<std::filesystem::path, reports::Baseline>> fresh;
  for (const auto& [file, of_file] : by_file) {
    reports::Baseline baseline;
    if (std::filesystem::exists(file)) baseline = reports::read_baselines(file).value().front();
    const auto updated = reports::update_baseline(baseline, of_file, options).value();
    std::cout << file.string() << ": " << updated.recorded << " recorded, of them " << updated.added << " new";
    if (updated.kept > 0) std::cout << "; " << updated.kept << " were not run and stay (--drop-missing)";
    if (updated.dropped > 0) std::cout << "; " << updated.dropped << " dropped";
    if (updated.widened > 0) std::cout << "; " << updated.widened << " tolerances widened";
    std::cout << '\n';
    fresh.emplace_back(file, std::move(baseline));
  }
  if (!runs.empty() && runs.front().commit.ends_with("-dirty"))
    std::cerr << "dwcp: the figures are of " << runs.front().commit
              << ": of a build with changes that are not committed, which nobody can build again\n";
  for (const auto& [file, baseline] : fresh) reports::write_baseline(baseline, file);  // all were found good
  return ExitCode::passed;
}

std::vector<reports::WallCheck> wall_clock(const GateCommand& command, std::vector<std::filesystem::path> files) {
  if (files.empty())
    throw Error(Errc::bad_value, "--against needs scenarios to run: name files, or a suite with --suite");
  reports::ProgressLine progress(command.quiet || command.json);
  const Turns turns{command.against, this_program(), std::move(files), command.repeats, make_folder_below(command.out)};
  const auto series = measure_in_turns(turns, [&](std::size_t done, std::size_t total) {
    progress.show([&](const reports::Style&) {
      return "  in turns with " + command.against.string() + ": " + std::to_string(done) + " of " +
             std::to_string(total) + " runs";
    });
  });
  return reports::check_wall(series, command.wall);
}

void show(const GateCommand& command, const reports::GateResult& result) {
  const bool good = !result.regressed() && !result.incomplete();
  const char* github = std::getenv("GITHUB_ACTIONS");
  if (command.json)
    std::cout << reports::gate_json(result);
  else if (command.quiet && good)
    std::cout << reports::gate_summary(result) << '\n';
  else
    std::cout << reports::render_gate(result, reports::wide_style_of(STDOUT_FILENO), command.all);
  std::cout << std::flush;
  if (command.annotations || (github && std::string_view(github) == "true"))
    (command.json ? std::cerr : std::cout) << reports::gate_annotations(result) << std::flush;
  if (command.junit.empty()) return;
  std::ofstream out(command.junit, std::ios::binary | std::ios::trunc);
  out << reports::gate_junit(result);
  out.close();
  if (!out) throw Error(Errc::storage_failed, "'" + command.junit.string() + "' could not be written");
}

ExitCode test_itself() {
  bool good = true;
  for (const auto& one : reports::gate_self_test(1)) {
    good = good && one.ok;
    std::cout << (one.ok ? "  ✓ " : "  ✗ ") << one.name << "  (" << one.detail << ")\n";
  }
  std::cout << (good ? "the gate finds what it must\n" : "the gate does NOT find what it must\n");
  return good ? ExitCode::passed : ExitCode::failed;
}

ExitCode gate(const GateCommand& command) {
  if (command.self_test) return test_itself();
  if (command.baseline.empty() && command.against.empty())
    throw Error(Errc::bad_value,
                "gate needs --baseline (figures that follow from seeds), --against (a wall clock), or both");
  const auto files = scenarios_of(command);
  if (command.what.empty() && files.empty())
    throw Error(Errc::bad_value, "nothing to gate: name a folder of results, scenario files, or a suite with --suite");
  if (command.update && command.update_options.why.empty())
    throw Error(Errc::bad_value, "--update needs --why: the reason stays in the baseline");
  if (command.update && command.baseline.empty())
    throw Error(Errc::bad_value, "--update needs --baseline, the file or folder to record in");
  reports::GateResult result;
  if (!command.baseline.empty()) {
    const auto baselines =
        command.update ? std::vector<reports::Baseline>{} : reports::read_baselines(command.baseline).value();
    const auto runs = gather_runs(command, files);
    if (command.update) return record(command, runs);
    const bool all = !command.partial && files.empty();
    result =
        reports::check_runs(baselines, runs, all ? reports::Completeness::all : reports::Completeness::only_what_ran);
  }
  if (!command.against.empty()) result.wall = wall_clock(command, files);
  show(command, result);
  return result.regressed() ? ExitCode::threshold_failed : result.incomplete() ? ExitCode::failed : ExitCode::passed;
}

}  // namespace

Run setup_gate(CLI::App& app) {
  auto command = std::make_shared<GateCommand>();
  app.add_option("WHAT", command->what, "a folder of results, or scenario files to run (docs/gate.md)");
  app.add_option("--suite", command->suites, "run every scenario of a suite")->allow_extra_args(false)->take_all();
  app.add_option("--scenarios", command->library, "folder of the suites")->capture_default_str();
  app.add_option("--baseline", command->baseline, "a baseline's file, or a folder of them");
  app.add_flag("--partial", command->partial, "what the baseline has and was not run is no error");
  app.add_flag("--update", command->update, "record the figures in the baseline instead");
  app.add_option("--why", command->update_options.why, "with --update: the reason, which stays in the file");
  app.add_flag("--drop-missing", command->update_options.drop_missing, "with --update: forget what was not run");
  app.add_option("--spread", command->neighbours,
                 "with --update: results under changes that ought not to matter; widens tolerances")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--against", command->against, "another build of dwcp: compare wall clocks with it, in turns");
  app.add_option("--repeats", command->repeats, "with --against: runs of each")
      ->check(CLI::Range(5, 1000))
      ->capture_default_str();
  app.add_option("--wall-limit", command->wall.limit, "with --against: a smaller slowdown, as a share, is none")
      ->check(CLI::Range(0.0, 10.0))
      ->capture_default_str();
  app.add_option("--jobs", command->jobs, "runs at once")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--out", command->out, "folder for results of scenarios that are run")->capture_default_str();
  app.add_option("--junit", command->junit, "also write a JUnit file");
  app.add_flag("--annotations", command->annotations,
               "also print GitHub's annotations; by itself where GITHUB_ACTIONS is true");
  app.add_flag("--json", command->json, "print the result as JSON, and nothing else");
  app.add_flag("--all", command->all, "show every figure, not only what is beyond its limit");
  app.add_flag("--quiet", command->quiet, "one line where all is well, and no progress");
  app.add_flag("--self-test", command->self_test, "plant what must be found, and see that it is");
  return [command] { return gate(*command); };
}

}  // namespace dwcp::cli
