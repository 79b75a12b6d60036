// Follows one migration to its end for a command, and tells how it ended.
#pragma once

#include "cli/agent/control_client.hpp"
#include "cli/exit_codes.hpp"

namespace dwcp::cli {

struct FollowOptions {
  bool json = false;   // one object on standard output, and nothing else
  bool quiet = false;  // no progress
};

// `job` is what the agent answered: a migration that `client` follows. Ctrl-C leaves the migration running, and says
// so.
ExitCode follow_to_the_end(ControlClient& client, OrderedJson job, const FollowOptions& options);

// With --json a command whose request was refused prints an object as well.
void print_refusal(const std::string& vm, const std::string& to, const Failure& failure);

}  // namespace dwcp::cli
