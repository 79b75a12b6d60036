// Two hosts, one link, N bulk flows over the simulation's TCP sockets without anything above them. For tests and
// benches of the transport alone. One simulation at a time: ns-3's state is global.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/units.hpp"
#include "engine/platform/stream.hpp"

namespace dwcp::sim {

struct BulkSetup {
  platform::CongestionControl congestion = platform::CongestionControl::bbr;
  BitRate rate{100'000'000};  // of the link, counting IP packets and 2 bytes of framing
  Duration rtt = std::chrono::milliseconds(50);
  Duration queue = std::chrono::milliseconds(100);  // of data at `rate`, tail drop
  double loss = 0;                                  // of each packet, in both directions, independent
  Bytes mtu{1500};
  unsigned flows = 1;
  Duration duration = std::chrono::seconds(20);  // of sending; goodput counts all of it
  Bytes flow_size{0};                            // 0: send for `duration`; else stop when all flows have delivered it
  std::uint64_t seed = 1;
  bool plain_ns3 = false;  // ns-3's own socket and controllers instead of ours, for comparison
};

struct BulkResult {
  BitRate goodput;               // delivered to the receiving applications over the whole time
  BitRate goodput_after_ramp;    // over the last three quarters of it
  std::vector<Bytes> delivered;  // by flow
  bool finished = false;         // every flow delivered flow_size
  Duration virtual_time{0};
  std::uint64_t events = 0, retransmitted = 0;
};

// What the link can carry as TCP payload.
BitRate payload_capacity(const BulkSetup&);
// Precondition: no simulation is running in this process.
BulkResult run_bulk(const BulkSetup&);

}  // namespace dwcp::sim
