// dwcp compare: two sets of results, metric by metric.
#include <unistd.h>

#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "reports/compare/compare.hpp"
#include "reports/compare/comparison_html.hpp"
#include "reports/report.hpp"

namespace dwcp::cli {
namespace {

struct CompareCommand {
  std::filesystem::path a, b, html;
  reports::CompareOptions options;
  std::vector<std::string> fail_on;
  bool json = false, all = false;
};

ExitCode compare_results(const CompareCommand& command) {
  const reports::NamedRuns a{command.a.string(), reports::read_runs(command.a).value()};
  const reports::NamedRuns b{command.b.string(), reports::read_runs(command.b).value()};
  const auto comparison = reports::compare(a, b, command.options).value();
  if (command.json)
    std::cout << reports::comparison_json(comparison) << std::flush;
  else
    std::cout << reports::render_comparison(comparison, reports::wide_style_of(STDOUT_FILENO), command.all)
              << std::flush;
  if (!command.html.empty()) {
    reports::write_report(command.html, reports::comparison_report(comparison, a, b));
    if (!command.json) std::cout << "  " << command.html.string() << '\n' << std::flush;
  }
  for (const std::string& name : command.fail_on)
    for (const auto finding : {reports::Finding::worse, reports::Finding::better, reports::Finding::changed})
      if (to_string(finding) == name && comparison.count(finding) > 0) return ExitCode::threshold_failed;
  return ExitCode::passed;
}

}  // namespace

Run setup_compare(CLI::App& app) {
  auto command = std::make_shared<CompareCommand>();
  app.add_option("A", command->a, "a folder of results at any depth, a result.json, or the JSON of a bench")
      ->required();
  app.add_option("B", command->b, "what is compared with it, of the same kind")->required();
  app.add_option("--metric", command->options.metrics, "only metrics of this name; '*' stands for any text")
      ->allow_extra_args(false)
      ->take_all();
  app.add_flag("--all", command->all, "show every metric, not only what differs");
  app.add_option("--relevant", command->options.relevant, "a smaller change, as a share, is none")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--level", command->options.level,
                 "the share of differences found that may be none (false discovery rate)")
      ->check(CLI::Range(0.000001, 0.5))
      ->capture_default_str();
  app.add_option("--fail-on", command->fail_on, "worse, better or changed: exit with 99 when a metric is")
      ->check(CLI::IsMember({"worse", "better", "changed"}))
      ->delimiter(',')
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--html", command->html,
                 "file for the comparison as a page: distributions, and of two single runs the time lines");
  app.add_flag("--json", command->json, "print the comparison as JSON, and nothing else");
  return [command] { return compare_results(*command); };
}

}  // namespace dwcp::cli
