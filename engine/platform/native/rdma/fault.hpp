// A fault made by hand, for tests of what becomes of those who use a queue pair.
#pragma once

#include "engine/platform/queue_pair.hpp"

namespace dwcp::platform::native::rdma {

// Puts the device's state of the pair to "error", as a fault of the hardware does. Its user is told by the device, as
// of any other failure: what is posted ends, and the peer's writes are answered no more. On the pair's executor. False
// when the pair is none of this folder's, or closed; throws Error(internal) when the device refuses.
bool break_queue_pair(QueuePair& pair);

}  // namespace dwcp::platform::native::rdma
