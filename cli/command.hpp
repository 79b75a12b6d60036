// One subcommand of the program. To add one: write commands/NAME.cpp, which defines
//   Run dwcp::cli::setup_NAME(CLI::App& app)
// and give it a line in commands/table.def.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <string_view>
#include <vector>

#include "cli/exit_codes.hpp"

namespace dwcp::cli {

// Runs the subcommand after its options were parsed. May throw dwcp::Error (also by Result::value()): the program
// prints "dwcp: <message>" and exits with exit_code_of(). Standard output belongs to the command, diagnostics go to
// stderr.
using Run = std::function<ExitCode()>;

struct Command {
  std::string_view name;
  std::string_view about;  // one line for the overview
  // Declares options and positionals on `app`. What they are parsed into must live in the returned Run, usually through
  // a std::shared_ptr<Options> that both capture.
  Run (*setup)(CLI::App& app);
};

// All subcommands, in the order of the overview.
std::vector<Command> all_commands();

}  // namespace dwcp::cli
