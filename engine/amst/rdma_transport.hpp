// A data stream's bytes over a queue pair, as messages that are written into the peer's memory.
//
// Each side's exposed memory is a ring of slots. A message is one RDMA write with immediate into the next slot; the
// immediate says what it is and how long. A slot is written again only after the peer has given it back (credits, a
// quarter of the ring at a time), so that nothing is written over, and nothing arrives for which there is no receive.
// Under TLS each message is sealed with keys from the TLS connection over which the queue pair was agreed; sealing is
// the copy into registered memory, opening the copy out of it. That connection stays open, and its end is the
// stream's: a queue pair itself does not tell that its peer is gone.
#pragma once

#include "engine/amst/handshake_wire.hpp"
#include "engine/amst/transport.hpp"
#include "engine/platform/platform.hpp"
#include "engine/platform/queue_pair.hpp"

namespace dwcp::amst {

// How the memory of our side is divided: 1 MiB each way per stream, which fills 8 Gbit/s per ms of round trip.
struct RdmaRing {
  static constexpr std::uint32_t slots = 16;
  static constexpr std::uint32_t slot_size = 64 * 1024;  // bytes
  // Messages beside data that may be under way: returned credits, the probe, the end.
  static constexpr unsigned control_max = 8;
};
platform::QueuePairOptions queue_pair_options();

// The dialing side's: tells the peer of `queue_pair` over `tcp`, on which the welcome was the last thing said, connects
// the two, and returns when each has seen a message of the other. Awaited on the transport's executor; no deadline of
// its own. Throws Error with what went wrong on either side, not_found when the peer has no device at the connection's
// address; then `tcp` is of no more use.
Task<std::shared_ptr<Transport>> dial_rdma(platform::Platform& platform, std::shared_ptr<Transport> tcp,
                                           std::shared_ptr<platform::QueuePair> queue_pair);

// The accepting side's, with a queue pair of the device that has the connection's address. Where there is none, the
// peer is told.
Task<std::shared_ptr<Transport>> accept_rdma(platform::Platform& platform, std::shared_ptr<Transport> tcp);

}  // namespace dwcp::amst
