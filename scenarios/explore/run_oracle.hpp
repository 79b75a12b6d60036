// Answers what a minimisation asks by running scenarios, several at once.
#pragma once

#include "reports/progress_line.hpp"
#include "scenarios/explore/failure.hpp"
#include "scenarios/explore/findings.hpp"
#include "scenarios/explore/minimise.hpp"
#include "scenarios/explore/run_pool.hpp"

namespace dwcp::scenarios {

class RunOracle final : public FailureOracle {
 public:
  using Clock = std::chrono::steady_clock;

  // `file` is the scenario that is made smaller. It stops at `deadline`. The pool is idle between questions; all
  // references outlive the oracle.
  RunOracle(RunPool& pool, const FailureMode& wanted, std::filesystem::path file, std::string name,
            Clock::time_point deadline, reports::ProgressLine& line);

  // The answer does not depend on how many run at once: later candidates are ended when an earlier one fails.
  std::optional<std::size_t> first_failing(const std::vector<Json>& candidates) override;
  bool stopped() const override;
  void note(const std::string& step, const Json& best) override;

 private:
  void start(std::size_t index, const Json& candidate);
  void show();

  RunPool& pool_;
  const FailureMode& wanted_;
  std::filesystem::path file_;
  std::string name_;
  Clock::time_point deadline_;
  reports::ProgressLine& line_;
  std::string step_;
  PartCounts left_;
  std::size_t runs_ = 0;
};

}  // namespace dwcp::scenarios
