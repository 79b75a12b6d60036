// What a lane writes after the batch under way: put there by control(), taken by the lane. At most one.
#pragma once

#include <mutex>
#include <optional>

#include "engine/amst/chunk_encoder.hpp"

namespace dwcp::amst {

class NextBatch {
 public:
  // Precondition: what was put before has been taken.
  void put(ChunkEncoder batch) {
    const std::lock_guard lock(mutex_);
    batch_ = std::move(batch);
  }
  std::optional<ChunkEncoder> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(batch_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::optional<ChunkEncoder> batch_;
};

}  // namespace dwcp::amst
