#include "cli/command.hpp"

namespace dwcp::cli {

#define DWCP_COMMAND(name, about) Run setup_##name(CLI::App& app);
#include "cli/commands/table.def"
#undef DWCP_COMMAND

std::vector<Command> all_commands() {
  return {
#define DWCP_COMMAND(name, about) Command{#name, about, &setup_##name},
#include "cli/commands/table.def"
#undef DWCP_COMMAND
  };
}

}  // namespace dwcp::cli
