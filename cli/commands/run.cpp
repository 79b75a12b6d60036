// dwcp run: scenarios, in virtual time or live.
#include <memory>

#include "cli/command.hpp"
#include "scenarios/runner/runner.hpp"

namespace dwcp::cli {
namespace {

struct RunCommand {
  scenarios::RunOptions run;
  std::string seeds;
};

ExitCode exit_code_of(scenarios::RunOutcome outcome) {
  switch (outcome) {
    case scenarios::RunOutcome::passed:
      return ExitCode::passed;
    case scenarios::RunOutcome::threshold_failed:
      return ExitCode::threshold_failed;
    case scenarios::RunOutcome::aborted:
      return ExitCode::aborted;
    case scenarios::RunOutcome::failed:
      break;
  }
  return ExitCode::failed;
}

}  // namespace

Run setup_run(CLI::App& app) {
  auto options = std::make_shared<RunCommand>();
  scenarios::RunOptions& run = options->run;
  app.add_option("FILE", run.files, "scenario files (docs/reference/scenario.md)");
  app.add_option("--suite", run.suites, "every scenario of a suite, such as internet (dwcp scenario list)")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--scenarios", run.library, "folder of the suites")->capture_default_str();
  auto* seed = app.add_option("--seed", run.seed, "run with this seed instead of the scenario's");
  auto* seeds = app.add_option("--seeds", options->seeds, "run once with each seed of a range A..B")->excludes(seed);
  app.add_option("--repeat", run.repeat, "run so often, with successive seeds")
      ->check(CLI::Range(1, 1'000'000))
      ->excludes(seeds);
  app.add_option("--set", run.overrides, "override a value of the scenario: key=value, such as engine.streams=4")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--jobs", run.jobs, "runs at once")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--out", run.out, "folder for results")->capture_default_str();
  app.add_flag("--json", run.json, "print result.json, and nothing else");
  app.add_flag("--quiet", run.quiet, "no progress");
  app.add_flag("!--no-report", run.report, "no report.html: neither of each run, nor of several together");
  app.add_flag("--netns", run.network_namespaces, "live worlds: a network namespace for each host (needs root)");
  app.add_option("--trace", run.trace, "of one run: a trace for Perfetto (ui.perfetto.dev), in virtual time");
  app.add_option("--pcap", run.captures, "of one simulated run: a folder for what each link carried, for Wireshark");
  return [options] {
    if (options->run.files.empty() && options->run.suites.empty())
      throw Error(Errc::bad_value, "nothing to run: name scenario files, or a suite with --suite");
    if (!options->seeds.empty()) options->run.seeds = scenarios::parse_seeds(options->seeds).value();
    if (options->run.json) options->run.quiet = true;
    return exit_code_of(scenarios::run_scenarios(options->run));
  };
}

}  // namespace dwcp::cli
