// One world in which some hosts send to others over one bottleneck, and what it took.
#pragma once

#include "sim/world.hpp"

namespace dwcp::bench {

struct FidelityWorld {
  const char* name;
  BitRate rate;  // of the bottleneck
  Duration rtt;  // of the first pair of hosts
  double loss;   // share of packets, on the bottleneck, towards the receivers
  platform::CongestionControl congestion;
  Bytes size;            // of all streams together
  unsigned streams = 1;  // of each pair
  // Several pairs share the bottleneck between two routers; each one's round trip is longer than the one's before by
  // half of the first. `other` is the congestion control of every second pair.
  unsigned pairs = 1;
  platform::CongestionControl other = platform::CongestionControl::platform_default;
  Bytes mtu{9000};
};

struct FidelityCost {
  double virtual_seconds = 0;  // until the last byte arrived
  double cpu_seconds = 0;
  std::uint64_t events = 0;
};

// Builds the one simulation of its process; throws when the bytes do not arrive as they were sent.
FidelityCost run_world(const FidelityWorld& world, sim::Fidelity fidelity, std::uint64_t seed);

}  // namespace dwcp::bench
