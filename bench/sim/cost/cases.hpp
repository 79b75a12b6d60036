// One transfer over one link, done in several ways; each way says what it cost.
#pragma once

#include "engine/base/units.hpp"

namespace dwcp::bench {

struct Transfer {
  const char* name;
  BitRate rate;
  Duration rtt;
  Bytes mtu;
  Bytes size;                   // sent; of a migration: the guest's memory
  bool incompressible = false;  // the guest's memory; else 30 % zero, 40 % repetitive, 20 % low entropy, 10 % random
};

struct Cost {
  double cpu_seconds = 0;      // of the simulation's run, without building the world
  double virtual_seconds = 0;  // until the last byte arrived
  std::uint64_t events = 0;    // of ns-3
  Bytes wire{0};               // bytes that were given to TCP
};

// Each builds the one simulation of its process and throws when the bytes do not arrive.
Cost run_plain_ns3(const Transfer&);
Cost run_stream(const Transfer&);     // through the Platform port, content checked at the end
Cost run_migration(const Transfer&);  // a whole one, to the destination's guest running

}  // namespace dwcp::bench
