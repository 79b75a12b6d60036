#include "sim/run.hpp"

#include <ns3/simulator.h>

namespace dwcp::sim {

TimePoint virtual_now() { return TimePoint(Duration(ns3::Simulator::Now().GetNanoSeconds())); }

void Run::progressed() {
  if (!goal || goal_reached || !goal()) return;
  goal_reached = true;
  ns3::Simulator::Stop();
}

}  // namespace dwcp::sim
