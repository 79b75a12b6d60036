// What one queue pair holds of a device, taken and given back as one.
#pragma once

#include "engine/platform/native/rdma/device.hpp"
#include "engine/platform/queue_pair.hpp"

namespace dwcp::platform::native::rdma {

// The members are in the order in which they may be made: each needs those before it, and goes before them. A device
// that has let go of its queue pair touches the memory no more.
struct Resources {
  // Throws Error(out_of_budget) naming what is refused, and Error(bad_value) for options that are out of range.
  Resources(std::shared_ptr<Device> from, const QueuePairOptions& options);

  std::shared_ptr<Device> device;
  MemoryPool::Block exposed, own;
  CompletionChannel channel;  // its descriptor does not block
  CompletionQueue completions;
  QueuePairHandle pair;
};

}  // namespace dwcp::platform::native::rdma
