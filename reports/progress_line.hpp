// Where a long command is: one live line on a terminal, plain lines at intervals elsewhere, on standard error.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "reports/text.hpp"

namespace dwcp::reports {

class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Shows the text when it is time to, and makes it only then.
  void show(const std::function<std::string(const Style&)>& text);
  // Takes the live line away, so that other text can follow.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  bool quiet_, terminal_;
  Style style_;
  bool drawn_ = false;
  Clock::time_point last_ = Clock::now();
};

}  // namespace dwcp::reports
