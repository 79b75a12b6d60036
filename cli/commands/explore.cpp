// dwcp explore: seeds of a scenario or of a suite, until time is up, and the least scenarios that fail as they did.
#include <algorithm>
#include <memory>
#include <thread>

#include "cli/command.hpp"
#include "scenarios/explore/explore.hpp"
#include "scenarios/runner/runner.hpp"

namespace dwcp::cli {
namespace {

struct ExploreCommand {
  scenarios::ExploreOptions explore;
  std::string seeds, time = "10min", run_time = "2min";
};

ExitCode exit_code_of(scenarios::ExploreOutcome outcome) {
  switch (outcome) {
    case scenarios::ExploreOutcome::none_failed:
      return ExitCode::passed;
    case scenarios::ExploreOutcome::interrupted:
      return ExitCode::aborted;
    case scenarios::ExploreOutcome::some_failed:
      break;
  }
  return ExitCode::threshold_failed;
}

}  // namespace

Run setup_explore(CLI::App& app) {
  auto options = std::make_shared<ExploreCommand>();
  scenarios::ExploreOptions& explore = options->explore;
  explore.jobs = std::max(1u, std::thread::hardware_concurrency());
  auto* file = app.add_option("SCENARIO", explore.file, "a scenario file (docs/explore.md)");
  app.add_option("--suite", explore.suite, "instead of it: every scenario of a suite, each seed with all in turn")
      ->excludes(file);
  app.add_option("--scenarios", explore.library, "folder of the suites")->capture_default_str();
  app.add_option("--seeds", options->seeds, "only the seeds of a range A..B; from 1 without end when left out");
  app.add_option("--time", options->time, "how long seeds are tried")->capture_default_str();
  app.add_option("--run-time", options->run_time, "a run that takes longer is a failure: it hangs")
      ->capture_default_str();
  app.add_option("--set", explore.overrides, "override a value of the scenario: key=value, such as engine.streams=4")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--jobs", explore.jobs, "runs at once; all processors when left out")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--out", explore.out, "folder for results")->capture_default_str();
  app.add_flag("--json", explore.json, "print the findings as JSON, and nothing else");
  app.add_flag("--quiet", explore.quiet, "no progress");
  return [options] {
    if (options->explore.file.empty() && options->explore.suite.empty())
      throw Error(Errc::bad_value, "nothing to explore: name a scenario file, or a suite with --suite");
    if (!options->seeds.empty()) options->explore.seeds = scenarios::parse_seeds(options->seeds).value();
    options->explore.time = scenarios::parse_wall_time("--time", options->time).value();
    options->explore.run_time_max = scenarios::parse_wall_time("--run-time", options->run_time).value();
    return exit_code_of(scenarios::explore(options->explore));
  };
}

}  // namespace dwcp::cli
