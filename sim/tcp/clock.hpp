// The simulator's time in the project's types.
#pragma once

#include <ns3/nstime.h>
#include <ns3/simulator.h>

#include "engine/base/units.hpp"

namespace dwcp::sim {

inline Duration to_duration(ns3::Time t) { return Duration(t.GetNanoSeconds()); }
inline ns3::Time to_ns3(Duration d) { return ns3::NanoSeconds(d.count()); }
inline TimePoint sim_now() { return TimePoint(to_duration(ns3::Simulator::Now())); }

}  // namespace dwcp::sim
