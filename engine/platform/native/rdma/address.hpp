// What two queue pairs of this platform tell each other before they are connected. Pure.
#pragma once

#include <array>
#include <cstdint>

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"

namespace dwcp::platform::native::rdma {

// A port's address in the form of IPv6; an IPv4 address is mapped (::ffff:a.b.c.d). InfiniBand Architecture
// Specification, volume 1, annex A17 (RoCE v2), section A17.4.
using Gid = std::array<std::byte, 16>;

struct PairAddress {
  Gid gid{};
  std::uint32_t number = 0;        // of the queue pair, 24 bits; 0 and 1 are the port's own
  std::uint32_t first_packet = 0;  // sequence number of the first packet that the pair sends, 24 bits
  std::uint8_t mtu = 0;      // the port's, as verbs number it: 1 is 256 bytes, each next one the double, 5 is 4096
  std::uint64_t memory = 0;  // where its exposed memory begins
  std::uint64_t length = 0;  // of that, in bytes, >= 1
  std::uint32_t key = 0;     // to that (rkey)

  friend bool operator==(const PairAddress&, const PairAddress&) = default;
};

ByteVector write_address(const PairAddress& address);
// Fails with bad_value, naming the field, when no pair of this platform has written `bytes`.
Result<PairAddress> read_address(ByteSpan bytes);

}  // namespace dwcp::platform::native::rdma
