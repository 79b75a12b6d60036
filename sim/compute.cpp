#include "sim/compute.hpp"

#include <algorithm>

#include "sim/timer.hpp"
#include "sim/work_model.hpp"

namespace dwcp::sim {

Compute::Compute(Context& context, unsigned cores, double speed) : context_(context), speed_(speed), free_at_(cores) {
  if (cores == 0) throw Error(Errc::bad_value, "0 cores: a machine has at least 1");
  if (!(speed > 0)) throw Error(Errc::bad_value, "processor speed " + std::to_string(speed) + ": must be above 0");
}

// First come, first served, on the core that is free first. The job itself waits for nothing: what it computes does not
// depend on when.
Task<Duration> Compute::execute(std::function<platform::WorkList()> job) {
  const Duration time = modelled_time(job(), speed_);
  job = nullptr;  // its buffers are free as soon as it has run, as on a real core
  const auto core = std::min_element(free_at_.begin(), free_at_.end());
  *core = std::max(*core, virtual_now()) + time;
  platform::Timer done(std::make_unique<Timer>(context_, co_await asio::this_coro::executor));
  done.expires_at(*core);
  co_await done.async_wait(asio::use_awaitable);
  co_return time;
}

}  // namespace dwcp::sim
