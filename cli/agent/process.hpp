// The life of an agent's process.
#pragma once

#include "cli/agent/control_server.hpp"
#include "cli/agent/settings.hpp"
#include "cli/exit_codes.hpp"

namespace dwcp::cli {

// Runs the node and serves its clients until cancelled, or until the node fails; throws what ended it. Clients hear the
// end of what they follow before they are left. Files of `credentials` are watched for new ones.
Task<void> serve_node(node::Node& node, ControlServer& server, std::optional<CredentialFiles> credentials = {});

// Serves until SIGTERM, SIGINT or SIGHUP (status 0), or until it fails. What runs then is rolled back first, unless it
// is decided; a second signal leaves at once, and the journal decides at the next start. Never returns.
[[noreturn]] void run_agent(const Settings& settings);

}  // namespace dwcp::cli
