// dwcp agent: serves this host.
#include <iostream>
#include <memory>

#include "cli/agent/process.hpp"
#include "cli/command.hpp"

namespace dwcp::cli {
namespace {

struct AgentCommand {
  std::string config;
  bool check = false, log_json = false;
};

}  // namespace

Run setup_agent(CLI::App& app) {
  auto options = std::make_shared<AgentCommand>();
  app.add_option("--config", options->config, "configuration file (docs/reference/agent.md)")->required();
  app.add_flag("--check", options->check, "read the configuration, say what it means, and end");
  app.add_flag("--log-json", options->log_json, "log one JSON object on a line, as log.format: json");
  return [options]() -> ExitCode {
    Settings settings = load_settings(options->config, process_environment()).value();
    if (options->log_json) settings.log.format = LogFormat::json;
    if (!options->check) run_agent(settings);
    std::cout << describe(settings);
    return ExitCode::passed;
  };
}

}  // namespace dwcp::cli
