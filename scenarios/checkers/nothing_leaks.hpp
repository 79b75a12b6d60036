// When an agent's process has ended, nothing of it is left: coroutines that outlive it would hold its memory for ever.
#pragma once

#include <memory>
#include <string>

#include "scenarios/checkers/checker.hpp"

namespace dwcp::scenarios {

class NothingLeaks final : public Checker {
 public:
  std::string_view name() const override { return "nothing_leaks"; }

  // To be held by each coroutine of an agent, by value in its frame.
  std::shared_ptr<const void> frame() { return token_; }
  // All agents have ended: only this checker may hold the token now.
  void at_end(Duration time) override {
    const long left = token_.use_count() - 1;
    if (left > 0) violated(time, std::to_string(left) + " coroutines outlive the agents that they belong to");
  }

 private:
  std::shared_ptr<const void> token_ = std::make_shared<int>(0);
};

}  // namespace dwcp::scenarios
