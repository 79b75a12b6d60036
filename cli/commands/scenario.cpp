// dwcp scenario: scenario files, without running them.
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "reports/text.hpp"
#include "scenarios/format/load.hpp"
#include "scenarios/format/new_scenario.hpp"
#include "scenarios/format/yaml.hpp"
#include "scenarios/runner/runner.hpp"

namespace dwcp::cli {
namespace {

struct ScenarioCommand {
  std::vector<std::filesystem::path> files;
  std::filesystem::path library = "scenarios", out;
  std::vector<std::string> overrides, suites;
  std::string name;
  bool json = false;
};

std::string combinations_text(std::size_t count) {
  return count == 1 ? "" : " (" + std::to_string(count) + " combinations)";
}

ExitCode check_files(const ScenarioCommand& options) {
  ExitCode code = ExitCode::passed;
  auto all = nlohmann::ordered_json::array();
  for (const auto& file : options.files) {
    const auto loaded = scenarios::load_sweep(file, options.overrides);
    if (!loaded) code = ExitCode::invalid_scenario;
    if (options.json)
      all.push_back(
          {{"file", file.string()}, {"valid", loaded.has_value()}, {"problems", loaded ? "" : loaded.error().detail}});
    else if (loaded)
      std::cout << file.string() << ": valid" << combinations_text(loaded->size()) << '\n';
    else
      std::cerr << "dwcp: " << loaded.error().message() << '\n';
  }
  if (options.json) std::cout << all.dump(2) << '\n';
  return code;
}

ExitCode list_suites(const ScenarioCommand& options) {
  const auto suites = options.suites.empty() ? scenarios::suites_of(options.library) : options.suites;
  ExitCode code = ExitCode::passed;
  auto all = nlohmann::ordered_json::array();
  for (const std::string& suite : suites) {
    for (const auto& file : scenarios::files_of_suite(options.library, suite)) {
      const auto scenario = scenarios::load_scenario(file);
      if (!scenario) {
        std::cerr << "dwcp: " << scenario.error().message() << '\n';
        code = ExitCode::invalid_scenario;
      } else if (options.json) {
        all.push_back({{"name", scenario->name}, {"file", file.string()}, {"about", scenario->about}});
      } else {
        std::cout << reports::pad_right(scenario->name, 36) << ' ' << scenario->about << '\n';
      }
    }
  }
  if (options.json) std::cout << all.dump(2) << '\n';
  return code;
}

ExitCode show_scenario(const ScenarioCommand& options) {
  const auto document = scenarios::load_document(options.files.front(), options.overrides);
  if (!document) throw Error(document.error());
  const auto scenario = scenarios::read_scenario(*document, options.files.front());
  if (!scenario) throw Error(scenario.error());
  std::cout << (options.json ? document->root.dump(2) + "\n" : scenarios::to_yaml(document->root));
  return ExitCode::passed;
}

ExitCode begin_scenario(const ScenarioCommand& options) {
  const std::string text = scenarios::new_scenario(options.name).value();
  const auto file = options.out.empty() ? options.library / (options.name + ".yaml") : options.out;
  if (std::filesystem::exists(file)) throw Error(Errc::bad_value, "'" + file.string() + "' is there already");
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
  if (!std::filesystem::exists(file)) throw Error(Errc::storage_failed, "'" + file.string() + "' could not be written");
  std::cout << "wrote " << file.string() << "\nrun it: dwcp run " << file.string() << '\n';
  return ExitCode::passed;
}

}  // namespace

Run setup_scenario(CLI::App& app) {
  auto options = std::make_shared<ScenarioCommand>();
  app.require_subcommand(1);
  const auto overrides_of = [&](CLI::App* sub) {
    sub->add_option("--set", options->overrides, "override a value of the scenario: key=value")
        ->allow_extra_args(false)
        ->take_all();
  };
  CLI::App* checks = app.add_subcommand("check", "say what is wrong with files, or that they are valid");
  checks->add_option("FILE", options->files, "scenario files")->required();
  CLI::App* lists = app.add_subcommand("list", "name the scenarios of the suites");
  lists->add_option("SUITE", options->suites, "only these");
  CLI::App* shows = app.add_subcommand("show", "print a scenario as it runs: includes and overrides merged");
  shows->add_option("FILE", options->files, "the scenario file")->required()->expected(1);
  CLI::App* creates = app.add_subcommand("new", "write a small scenario to begin with");
  creates->add_option("NAME", options->name, "suite/name")->required();
  creates->add_option("--out", options->out, "the file; by name in the folder of the suites when left out");
  for (CLI::App* sub : {checks, shows}) overrides_of(sub);
  for (CLI::App* sub : {lists, creates})
    sub->add_option("--scenarios", options->library, "folder of the suites")->capture_default_str();
  for (CLI::App* sub : {checks, lists, shows}) sub->add_flag("--json", options->json, "as JSON");
  return [options, checks, lists, shows] {
    if (checks->parsed()) return check_files(*options);
    if (lists->parsed()) return list_suites(*options);
    return shows->parsed() ? show_scenario(*options) : begin_scenario(*options);
  };
}

}  // namespace dwcp::cli
