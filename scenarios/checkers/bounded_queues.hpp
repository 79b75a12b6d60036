// What a session has queued and under way stays within the window that it was given.
#pragma once

#include <algorithm>

#include "engine/base/units.hpp"
#include "scenarios/checkers/checker.hpp"

namespace dwcp::scenarios {

class BoundedQueues final : public Checker {
 public:
  std::string_view name() const override { return "bounded_queues"; }
  // The most that one session held at once, and the bound that it was given.
  void on_session(Duration time, const std::string& whose, Bytes peak, Bytes bound) {
    peak_ = std::max(peak_, peak);
    if (peak > bound)
      violated(time, whose + ": " + to_string(peak) + " queued and under way, of " + to_string(bound) + " allowed");
  }
  Bytes peak() const { return peak_; }

 private:
  Bytes peak_{0};
};

}  // namespace dwcp::scenarios
