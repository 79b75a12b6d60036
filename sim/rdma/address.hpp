// What a queue pair tells of itself, so that a peer can connect to it.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"
#include "engine/base/units.hpp"
#include "sim/rdma/sequence.hpp"

namespace dwcp::sim::rdma {

struct PairAddress {
  std::uint32_t host = 0;    // IPv4, host order
  std::uint32_t number = 0;  // of the queue pair, 1 to number_max
  Psn start = 0;             // of the packets that it sends
  std::uint32_t key = 0;     // of the exposed region
  Bytes exposed{0};          // its size, >= 1
  friend bool operator==(const PairAddress&, const PairAddress&) = default;
};

// With a checksum: bytes of another kind, or damaged ones, are no address.
ByteVector encode(const PairAddress& address);
// bad_value for bytes that encode() did not make.
Result<PairAddress> parse_address(ByteSpan bytes);

}  // namespace dwcp::sim::rdma
