// A platform of this host whose queue pairs can be broken by hand.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/platform/native/native_platform.hpp"

namespace dwcp::platform::native {

class BreakablePlatform final : public NativePlatform {
 public:
  using NativePlatform::NativePlatform;
  std::shared_ptr<QueuePair> queue_pair(const asio::ip::address& at, const QueuePairOptions& options,
                                        Executor lane) override;
  // The oldest pair at `at` that works goes into the error state. False when there is none.
  Task<bool> break_one(asio::ip::address at);

 private:
  struct Made {
    asio::ip::address at;
    Executor lane;
    std::weak_ptr<QueuePair> pair;
  };
  std::mutex lock_;  // pairs are made on lanes
  std::vector<Made> made_;
};

}  // namespace dwcp::platform::native
