// Packet sequence numbers of the reliable connected service: 24 bits on the wire (InfiniBand Architecture
// Specification, volume 1, section 9.7.2), 64 bits within.
#pragma once

#include <cstdint>

namespace dwcp::sim::rdma {

using Psn = std::uint32_t;       // 24 bits
using Sequence = std::uint64_t;  // its low 24 bits are the PSN
constexpr Psn psn_mask = 0xffffff;
// Packets that may be unacknowledged: half of the numbers, so that a repeated packet is told from a new one.
constexpr Sequence unacknowledged_max = 1u << 23;

constexpr Psn to_psn(Sequence n) { return static_cast<Psn>(n) & psn_mask; }
// Above zero by a whole turn, so that numbers before the first one exist too.
constexpr Sequence first_sequence(Psn start) { return Sequence{start} + psn_mask + 1; }
// Of all numbers with that PSN the nearest to `to`.
constexpr Sequence nearest_sequence(Sequence to, Psn psn) {
  const auto ahead = static_cast<std::int32_t>((psn - to_psn(to)) << 8) >> 8;
  return to + static_cast<Sequence>(static_cast<std::int64_t>(ahead));
}

}  // namespace dwcp::sim::rdma
