// dwcp schema: the JSON Schema of scenario files and of the agent's configuration, or their references.
#include <iostream>
#include <memory>

#include "cli/agent/config.hpp"
#include "cli/command.hpp"
#include "scenarios/format/reference.hpp"

namespace dwcp::cli {
namespace {

struct SchemaCommand {
  bool agent = false, markdown = false;
};

}  // namespace

Run setup_schema(CLI::App& app) {
  auto options = std::make_shared<SchemaCommand>();
  app.add_flag("--agent", options->agent, "of the agent's configuration file instead of scenarios");
  app.add_flag("--markdown", options->markdown,
               "the reference for people (docs/reference/scenario.md, docs/reference/agent.md)");
  return [options] {
    if (options->agent)
      std::cout << (options->markdown ? agent_reference() : agent_schema_text());
    else
      std::cout << (options->markdown ? scenarios::scenario_reference() : scenarios::scenario_schema_text());
    return ExitCode::passed;
  };
}

}  // namespace dwcp::cli
