// This host as a Platform, for a command that runs one task.
#pragma once

#include <string>

#include "engine/amst/options.hpp"
#include "engine/platform/native/native_platform.hpp"

namespace dwcp::cli {

// Runs `main` until it ends, or cancels it on SIGINT and SIGTERM; then throws Error(cancelled). A full disk or quota
// comes as an error, not as a signal.
void run_on(platform::native::NativePlatform& platform, Task<void> main);

// This host's name; "unknown" when it has none.
std::string host_name();

// "default", "bbr", "cubic". Error: bad_value.
Result<amst::CongestionControl> parse_congestion(const std::string& text);

}  // namespace dwcp::cli
