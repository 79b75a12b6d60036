#include "scenarios/explore/progress_line.hpp"

#include <unistd.h>

#include <iostream>

namespace dwcp::scenarios {
namespace {

constexpr auto live_interval = std::chrono::milliseconds(100);
constexpr auto plain_interval = std::chrono::seconds(10);

}  // namespace

ProgressLine::ProgressLine(bool quiet)
    : quiet_(quiet), terminal_(reports::is_terminal(STDERR_FILENO)), style_(reports::style_of(STDERR_FILENO)) {}

void ProgressLine::show(const std::function<std::string(const reports::Style&)>& text) {
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

std::string clock_text(double seconds) {
  char text[32];
  const auto whole = static_cast<long>(seconds);
  if (seconds >= 90)
    std::snprintf(text, sizeof text, "%ld:%02ld min", whole / 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

}  // namespace dwcp::scenarios
