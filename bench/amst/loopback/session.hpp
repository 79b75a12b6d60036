// The two ends of the one session that is measured. Each runs in a process of its own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/amst/loopback/measure.hpp"
#include "engine/platform/platform.hpp"

namespace dwcp::bench {

struct Goodput {
  std::uint64_t bytes = 0;  // payload that the receiver had taken and released when the time was over
  double seconds = 0;       // since the session was there
  std::uint64_t segments_retransmitted = 0;
  std::vector<std::string> congestion;  // in force, of each data stream: "bbr", "cubic", or "default"

  double bytes_per_s() const { return seconds > 0 ? static_cast<double>(bytes) / seconds : 0; }
};

// Takes one session at `at`, and every chunk of it, until the sender ends it. `listening` gets the port.
// Throws Error for any other end.
Task<void> receive_session(platform::Platform& platform, const Setup& setup, platform::Endpoint at,
                           std::function<void(std::uint16_t port)> listening);

// Dials `to`, and sends for setup.time. Throws Error when there is no session, or none any more.
Task<void> send_session(platform::Platform& platform, const Setup& setup, platform::Endpoint to, Goodput& result);

}  // namespace dwcp::bench
