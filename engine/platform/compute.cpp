#include "engine/platform/compute.hpp"

#include <utility>

namespace dwcp::platform {

Task<Duration> Compute::run(std::string_view stage, std::function<WorkList()> job) {
  const Duration time = co_await execute(std::move(job));
  const std::lock_guard guard(lock_);
  times_[stage] += time;
  co_return time;
}

StageTimes Compute::times() const {
  const std::lock_guard guard(lock_);
  return times_;
}

}  // namespace dwcp::platform
