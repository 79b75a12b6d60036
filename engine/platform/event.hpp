// A condition that coroutines of one executor wait for: the loop "while (!ready) co_await event.wait()". notify_all()
// wakes whoever waits at that moment and is remembered by nobody else.
#pragma once

#include "engine/platform/platform.hpp"

namespace dwcp::platform {

class Event {
 public:
  // Built on a timer that never expires, so that a killed process drops the waiters with its timers.
  Event(Platform& platform, Executor on);
  Task<void> wait();
  // False when `deadline` came first.
  Task<bool> wait_until(TimePoint deadline);
  void notify_all();

 private:
  Platform& platform_;
  Timer never_;
};

}  // namespace dwcp::platform
