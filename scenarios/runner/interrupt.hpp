// SIGINT and SIGTERM end runs in order: their processes are ended, and what finished is reported.
#pragma once

#include <signal.h>

namespace dwcp::scenarios {

// While one lives, the two signals only set a flag; after it they mean again what they meant before. At most one lives.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct sigaction interrupt_ {
  }, terminate_{};
};

// Whether such a signal came since the program began.
bool interrupted();

}  // namespace dwcp::scenarios
