// What all parts of one running simulation share: the trace, the counters, and the question "is the goal reached?",
// asked after each turn of a process.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "engine/base/units.hpp"
#include "sim/rare_paths.hpp"
#include "sim/trace.hpp"

namespace dwcp::sim {

// The virtual time. Constant while a handler runs.
TimePoint virtual_now();

struct Run {
  // More turns than this at one virtual time are a livelock: processes that wake each other and never wait.
  static constexpr std::uint64_t turns_at_one_time_max = 5'000'000;

  TraceHash trace;
  RarePaths rare_paths;
  std::uint64_t handlers = 0;  // run by all processes
  std::uint64_t turns = 0;     // ns-3 events that ran handlers
  std::uint64_t packets = 0;   // delivered over links
  std::uint64_t dropped = 0;   // by loss, full queues and cuts
  TimePoint last_turn{};       // when a process last did something
  std::uint64_t turns_at_this_time = 0;
  std::optional<std::string> livelock;  // why time does not move on; run_until() ends with it
  std::function<bool()> goal;           // set while run_until() runs
  bool goal_reached = false;
  std::exception_ptr failure;  // escaped from a handler or an action; run_until() throws it

  // A process begins a turn.
  void begin_turn();
  // Time does not move on: stops the simulation.
  void stand_still(std::string why);
  // Called when something happened that may have reached the goal; stops the simulation then.
  void progressed();
  // Runs `f`; what it throws is kept, and the simulation stops: ns-3 does not expect exceptions to pass through it.
  template <class F>
  void guarded(F&& f) {
    try {
      f();
    } catch (...) {
      fail(std::current_exception());
    }
  }

 private:
  void fail(std::exception_ptr error);
};

}  // namespace dwcp::sim
