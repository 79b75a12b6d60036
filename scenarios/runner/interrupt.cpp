#include "scenarios/runner/interrupt.hpp"

namespace dwcp::scenarios {
namespace {

volatile sig_atomic_t signal_came = 0;  // set by the signal handler, the only thing that it may do

}  // namespace

InterruptGuard::InterruptGuard() {
  struct sigaction action {};
  action.sa_handler = [](int) { signal_came = 1; };
  sigaction(SIGINT, &action, &interrupt_);
  sigaction(SIGTERM, &action, &terminate_);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &interrupt_, nullptr);
  sigaction(SIGTERM, &terminate_, nullptr);
}

bool interrupted() { return signal_came != 0; }

}  // namespace dwcp::scenarios
