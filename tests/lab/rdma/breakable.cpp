#include "tests/lab/rdma/breakable.hpp"

#include "engine/platform/deadline.hpp"
#include "engine/platform/native/rdma/fault.hpp"

namespace dwcp::platform::native {
namespace {

Task<bool> break_it(std::weak_ptr<QueuePair> pair) {
  const auto held = pair.lock();
  co_return held&& rdma::break_queue_pair(*held);
}

}  // namespace

std::shared_ptr<QueuePair> BreakablePlatform::queue_pair(const asio::ip::address& at, const QueuePairOptions& options,
                                                         Executor lane) {
  auto pair = NativePlatform::queue_pair(at, options, lane);
  const std::lock_guard held(lock_);
  std::erase_if(made_, [](const Made& one) { return one.pair.expired(); });
  if (pair) made_.push_back({at, lane, pair});
  return pair;
}

Task<bool> BreakablePlatform::break_one(asio::ip::address at) {
  std::vector<Made> made;
  {
    const std::lock_guard held(lock_);
    made = made_;
  }
  for (const Made& one : made) {
    if (one.at != at) continue;
    const bool broken = co_await on(one.lane, break_it(one.pair));
    if (broken) co_return true;
  }
  co_return false;
}

}  // namespace dwcp::platform::native
