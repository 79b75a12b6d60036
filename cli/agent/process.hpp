// The life of an agent's process.
#pragma once

#include "cli/agent/settings.hpp"
#include "cli/exit_codes.hpp"

namespace dwcp::cli {

// Serves until SIGTERM, SIGINT or SIGHUP (status 0), or until it fails. What runs then is rolled back first, unless it
// is decided; a second signal leaves at once, and the journal decides at the next start. Never returns.
[[noreturn]] void run_agent(const Settings& settings);

}  // namespace dwcp::cli
