#include "sim/run.hpp"

#include <ns3/simulator.h>

#include <utility>

namespace dwcp::sim {

TimePoint virtual_now() { return TimePoint(Duration(ns3::Simulator::Now().GetNanoSeconds())); }

void Run::progressed() {
  if (!goal || goal_reached || failure) return;
  guarded([this] { goal_reached = goal(); });
  if (goal_reached) ns3::Simulator::Stop();
}

void Run::fail(std::exception_ptr error) {
  if (!failure) failure = std::move(error);
  ns3::Simulator::Stop();
}

}  // namespace dwcp::sim
