// Processors of a simulated process: a job runs at once, and is finished when a core would have finished it.
#pragma once

#include <vector>

#include "engine/platform/compute.hpp"
#include "sim/context.hpp"

namespace dwcp::sim {

class Compute final : public platform::Compute {
 public:
  // `cores` >= 1; `speed` is that of each against the table's, > 0.
  Compute(Context& context, unsigned cores, double speed);

  unsigned cores() const override { return static_cast<unsigned>(free_at_.size()); }

 private:
  Task<Duration> execute(std::function<platform::WorkList()> job) override;

  Context& context_;
  const double speed_;
  std::vector<TimePoint> free_at_;  // by core: when it has done all that was given to it
};

}  // namespace dwcp::sim
