#include "bench/sim/congestion/kernel.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace dwcp::bench {
namespace {

// The link of the simulation counts IP packets and two bytes of framing; a TAP's frame has 14 bytes of Ethernet.
constexpr int overhead = 2 - 14;

std::string milliseconds(Duration d) {
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(d).count()) + "us";
}

std::string command(const sim::BulkSetup& setup, unsigned run) {
  char loss[32];
  std::snprintf(loss, sizeof loss, "%g%%", setup.loss * 100);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(setup.duration).count();
  return "WAN_LIMIT=" + std::to_string(seconds + 30) + " WAN_MTU=" + std::to_string(setup.mtu.value) + " " +
         DWCP_SOURCE_DIR "/tests/lab/wan/pair.sh " DWCP_WAN " --seed " + std::to_string(run * 17 + 3) +
         " --both delay=" + milliseconds(setup.rtt / 2) + ",rate=" + std::to_string(setup.rate.value) +
         "bit/s,queue=" + milliseconds(setup.queue) + ",loss=" + loss + ",overhead=" + std::to_string(overhead) +
         " -- " + DWCP_SOURCE_DIR "/bench/sim/congestion/kernel_flow.sh " +
         (setup.congestion == platform::CongestionControl::bbr ? "bbr " : "cubic ") + std::to_string(seconds) +
         " 2>/dev/null";
}

bool available(const char* program) {
  return std::system((std::string("command -v ") + program + " >/dev/null 2>&1").c_str()) == 0;
}

}  // namespace

std::string kernel_obstacle() {
  if (::geteuid() != 0) return "needs root for network namespaces";
  if (::access("/dev/net/tun", R_OK | W_OK) != 0) return "needs /dev/net/tun";
  for (const char* program : {"iperf3", "ip", "python3"})
    if (!available(program)) return std::string("needs ") + program;
  return {};
}

std::vector<BitRate> run_kernel(const sim::BulkSetup& setup, unsigned runs, unsigned parallel) {
  std::vector<BitRate> results;
  for (unsigned first = 0; first < runs; first += parallel) {
    std::vector<FILE*> running;
    for (unsigned i = first; i < std::min(runs, first + parallel); ++i)
      running.push_back(::popen(command(setup, i).c_str(), "r"));
    for (FILE* pipe : running) {
      double bits = 0;
      if (pipe && std::fscanf(pipe, "%lf", &bits) == 1 && bits > 0)
        results.push_back(BitRate(static_cast<std::uint64_t>(bits)));
      if (pipe) ::pclose(pipe);
    }
  }
  return results;
}

}  // namespace dwcp::bench
