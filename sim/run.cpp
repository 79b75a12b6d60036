#include "sim/run.hpp"

#include <ns3/simulator.h>

#include <utility>

namespace dwcp::sim {

TimePoint virtual_now() { return TimePoint(Duration(ns3::Simulator::Now().GetNanoSeconds())); }

void Run::begin_turn() {
  ++turns;
  const TimePoint now = virtual_now();
  turns_at_this_time = now == last_turn ? turns_at_this_time + 1 : 0;
  last_turn = now;
  if (turns_at_this_time == turns_at_one_time_max)
    stand_still(std::to_string(turns_at_one_time_max) + " turns of processes at the same time");
}

void Run::stand_still(std::string why) {
  if (!livelock) livelock = std::move(why);
  ns3::Simulator::Stop();
}

void Run::progressed() {
  if (!goal || goal_reached || failure || livelock) return;
  guarded([this] { goal_reached = goal(); });
  if (goal_reached) ns3::Simulator::Stop();
}

void Run::fail(std::exception_ptr error) {
  if (!failure) failure = std::move(error);
  ns3::Simulator::Stop();
}

}  // namespace dwcp::sim
