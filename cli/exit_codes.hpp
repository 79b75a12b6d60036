// What the program's exit status tells a script. The numbers are part of the user's interface.
#pragma once

#include "engine/base/error.hpp"

namespace dwcp::cli {

enum class ExitCode : int {
  passed = 0,
  failed = 1,             // an error at run time, or an invariant that does not hold
  usage = 2,              // a command line, file or value that cannot be right
  threshold_failed = 99,  // the run finished and a threshold of `expect:` does not hold
  invalid_scenario = 104,
  aborted = 105,  // stopped by the user, by a policy, or by a threshold with abort
};

// The status that stands for an error which ended the command.
ExitCode exit_code_of(const ErrorCode& code);

}  // namespace dwcp::cli
