#include "engine/platform/native/compute.hpp"

#include <time.h>

namespace dwcp::platform::native {
namespace {

Duration thread_processor_time() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

}  // namespace

Task<Duration> ThreadCompute::execute(std::function<WorkList()> job) {
  Duration used{0};
  co_await workers_.run([&] {
    const Duration before = thread_processor_time();
    job();
    used = thread_processor_time() - before;
  });
  co_return used;
}

}  // namespace dwcp::platform::native
