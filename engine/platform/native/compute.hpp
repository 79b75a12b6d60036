// Compute on a thread pool.
#pragma once

#include "engine/platform/compute.hpp"
#include "engine/platform/native/workers.hpp"

namespace dwcp::platform::native {

class ThreadCompute final : public Compute {
 public:
  explicit ThreadCompute(unsigned threads) : workers_(threads, "dwcp-compute") {}
  // The time is what the job used of its thread's processor, not what passed on the clock.
  Task<Duration> run(std::function<WorkList()> job) override;
  unsigned cores() const override { return workers_.threads(); }
  void stop() { workers_.stop(); }

 private:
  Workers workers_;
};

}  // namespace dwcp::platform::native
