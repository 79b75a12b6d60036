// The steps by which a queue pair comes up (InfiniBand Architecture Specification, volume 1, section 10.3.1). Each
// returns an errno, 0 when it is done.
#pragma once

#include "engine/platform/native/rdma/device.hpp"

namespace dwcp::platform::native::rdma {

// Receives may be posted from here on.
int to_init(ibv_qp& pair, const Place& place);
// What the peer sends arrives from here on. Finds the way to the peer, for which the kernel waits up to about a second
// for the neighbour's answer.
int to_ready_to_receive(ibv_qp& pair, const Place& place, const PairAddress& peer);
// It may send from here on.
int to_ready_to_send(ibv_qp& pair, std::uint32_t first_packet);
// Everything that is outstanding ends, and nothing arrives any more.
int to_error(ibv_qp& pair);

}  // namespace dwcp::platform::native::rdma
