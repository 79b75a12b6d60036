// Progress on standard error: a bar that is drawn over itself on a terminal, now and then a line elsewhere.
#pragma once

#include <string>

#include "engine/platform/platform.hpp"
#include "engine/transfer/progress.hpp"

namespace dwcp::cli {

class ProgressDisplay {
 public:
  // `quiet`: nothing is shown.
  ProgressDisplay(const platform::Platform& platform, bool quiet);
  void show(const transfer::Progress& progress);
  // Takes the bar away, so that something else can be printed.
  void clear();

 private:
  void draw_bar(const transfer::Progress& progress);
  void print_line(const transfer::Progress& progress);

  const platform::Platform& platform_;
  const bool quiet_;
  const bool terminal_;
  bool drawn_ = false;
  bool shown_ = false;
  TimePoint last_line_{};
  unsigned last_percent_ = 0;
};

}  // namespace dwcp::cli
