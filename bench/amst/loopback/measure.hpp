// The two things that are compared. Both use loopback only.
#pragma once

#include <optional>
#include <string>

#include "engine/base/units.hpp"
#include "engine/platform/stream.hpp"

namespace dwcp::bench {

struct Setup {
  bool tls = false;  // with certificates on both sides; else plain text
  unsigned streams = 8;
  platform::CongestionControl congestion = platform::CongestionControl::platform_default;
  Bytes chunk = MiB(1);  // 0: what the session suggests for its path
  Duration time = std::chrono::seconds(4);
};

struct Throughput {
  double bytes_per_s = 0;   // payload
  double cpu_per_wall = 0;  // processors in use, both sides together
};

// A receiving process is forked; the sender is this one. Call before any thread is started.
Throughput measure_sessions(const Setup& setup);

// Empty when iperf3 is not installed or does not answer.
std::optional<Throughput> measure_iperf3(const Setup& setup);

// AES-128-GCM in records of 16 KiB on one core, sealed or opened, by the libcrypto that TLS uses; bytes per second of
// processor time.
double measure_cipher();

}  // namespace dwcp::bench
