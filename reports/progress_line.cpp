#include "reports/progress_line.hpp"

#include <unistd.h>

#include <iostream>

namespace dwcp::reports {
namespace {

constexpr auto live_interval = std::chrono::milliseconds(100);
constexpr auto plain_interval = std::chrono::seconds(10);

}  // namespace

ProgressLine::ProgressLine(bool quiet)
    : quiet_(quiet), terminal_(is_terminal(STDERR_FILENO)), style_(style_of(STDERR_FILENO)) {}

void ProgressLine::show(const std::function<std::string(const Style&)>& text) {
  if (quiet_) return;
  const auto now = Clock::now();
  if (now - last_ < (terminal_ ? Clock::duration(live_interval) : Clock::duration(plain_interval))) return;
  last_ = now;
  if (terminal_)
    std::cerr << "\r\x1b[K" << text(style_) << std::flush;
  else
    std::cerr << text(style_) << std::endl;
  drawn_ = terminal_;
}

void ProgressLine::clear() {
  if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace dwcp::reports
