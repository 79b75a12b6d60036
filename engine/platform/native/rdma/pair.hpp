// A queue pair of a device of this host.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/platform/native/rdma/device.hpp"
#include "engine/platform/queue_pair.hpp"

namespace dwcp::platform::native::rdma {

// `random`: from which the number of its first packet is taken. Throws as Platform::queue_pair().
std::shared_ptr<QueuePair> make_queue_pair(std::shared_ptr<Device> device, const Place& place,
                                           const QueuePairOptions& options, const Executor& lane, std::uint32_t random);

}  // namespace dwcp::platform::native::rdma
