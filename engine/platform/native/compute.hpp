// Compute on a thread pool.
#pragma once

#include "engine/platform/compute.hpp"
#include "engine/platform/native/workers.hpp"

namespace dwcp::platform::native {

class ThreadCompute final : public Compute {
 public:
  explicit ThreadCompute(unsigned threads) : workers_(threads, "dwcp-compute") {}
  unsigned cores() const override { return workers_.threads(); }
  void stop() { workers_.stop(); }

 private:
  // The time is what the job used of its thread's processor, not what passed on the clock.
  Task<Duration> execute(std::function<WorkList()> job) override;

  Workers workers_;
};

}  // namespace dwcp::platform::native
