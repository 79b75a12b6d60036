// dwcp schema: the JSON Schema of scenario files, or their reference.
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "scenarios/format/reference.hpp"

namespace dwcp::cli {

Run setup_schema(CLI::App& app) {
  auto markdown = std::make_shared<bool>(false);
  app.add_flag("--markdown", *markdown, "the reference for people (docs/reference/scenario.md)");
  return [markdown] {
    std::cout << (*markdown ? scenarios::scenario_reference() : scenarios::scenario_schema_text());
    return ExitCode::passed;
  };
}

}  // namespace dwcp::cli
