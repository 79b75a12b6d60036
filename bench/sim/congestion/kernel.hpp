// The kernel's TCP over the emulated WAN (tests/lab/wan), measured with iperf3.
#pragma once

#include <string>
#include <vector>

#include "bulk_world.hpp"

namespace dwcp::bench {

// Why the kernel cannot be measured here (no root, no iperf3, no TUN device); empty when it can.
std::string kernel_obstacle();

// Goodput of each of `runs` transfers with the same link as `setup`; `parallel` of them at a time, each over a path of
// its own. A run that failed is left out.
std::vector<BitRate> run_kernel(const sim::BulkSetup& setup, unsigned runs, unsigned parallel);

}  // namespace dwcp::bench
