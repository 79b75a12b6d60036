// One transfer over one link, done in several ways; each way says what it cost.
#pragma once

#include "engine/base/units.hpp"

namespace dwcp::bench {

struct Transfer {
  const char* name;
  BitRate rate;
  Duration rtt;
  Bytes mtu;
  Bytes size;
};

struct Cost {
  double cpu_seconds = 0;      // of the simulation's run, without building the world
  double virtual_seconds = 0;  // until the last byte arrived
  std::uint64_t events = 0;    // of ns-3
};

// Each builds the one simulation of its process and throws when the bytes do not arrive.
Cost run_plain_ns3(const Transfer&);
Cost run_stream(const Transfer&);  // through the Platform port, content checked at the end

}  // namespace dwcp::bench
