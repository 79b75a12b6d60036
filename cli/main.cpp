#include <exception>
#include <iostream>
#include <string>
#include <utility>

#include "cli/command.hpp"
#include "engine/base/build_info.hpp"

namespace {

using namespace dwcp;
using namespace dwcp::cli;

void print_error(std::string_view message) { std::cerr << "dwcp: " << message << '\n'; }

// An Error carries its detail apart, so that the sentence is the same whether it was thrown or returned.
void print_error(const Error& error) { print_error(Failure(error.code(), error.detail()).message()); }

ExitCode run_guarded(const Run& run) {
  try {
    return run();
  } catch (const Error& error) {
    print_error(error);
    return exit_code_of(error.code());
  } catch (const boost::system::system_error& error) {
    print_error(error.what());
    return exit_code_of(error.code());
  } catch (const std::exception& error) {
    print_error(std::string("internal error: ") + error.what());
    return ExitCode::failed;
  }
}

std::string explain_usage(const CLI::App* app, const CLI::Error& error) {
  return std::string("dwcp: ") + error.what() + "\nSee: " + app->get_display_name() + " --help\n";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Moves running virtual machines: in a simulated world, and between real hosts.", "dwcp");
  app.set_version_flag("--version", "dwcp " + build_description());
  app.require_subcommand(0, 1);
  app.failure_message(explain_usage);

  std::vector<std::pair<CLI::App*, Run>> entries;
  for (const Command& command : all_commands()) {
    CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.about));
    entries.emplace_back(sub, command.setup(*sub));
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return static_cast<int>(app.exit(error) == 0 ? ExitCode::passed : ExitCode::usage);
  }
  for (const auto& [sub, run] : entries)
    if (sub->parsed()) return static_cast<int>(run_guarded(run));
  std::cerr << app.help();
  return static_cast<int>(ExitCode::usage);
}
