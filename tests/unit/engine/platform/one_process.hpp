// Runs one coroutine as the only process of a simulated world: exact times, and no leak goes unseen.
#pragma once

#include <gtest/gtest.h>

#include "engine/platform/deadline.hpp"
#include "sim/world.hpp"

namespace dwcp::platform {

using namespace std::chrono_literals;

constexpr TimePoint at_time(Duration d) { return TimePoint(d); }

// Fails the test when the coroutine throws, or has not ended within a virtual hour.
inline void run_process(sim::Main main) {
  sim::World world;
  auto& program = world.start(world.add_host("host"), "test", std::move(main));
  const auto outcome = world.run_until([&] { return program.finished(); }, at_time(1h));
  EXPECT_NO_THROW(program.rethrow_failure());
  EXPECT_EQ(outcome, sim::Outcome::reached) << sim::to_string(outcome);
}

// The code with which `task` fails; no error when it does not.
inline Task<ErrorCode> error_of(Task<void> task) {
  try {
    co_await std::move(task);
  } catch (const boost::system::system_error& e) {
    co_return e.code();
  }
  co_return ErrorCode();
}

}  // namespace dwcp::platform
