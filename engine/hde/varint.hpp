// Integers in as many bytes as they need: seven bits a byte, lowest first, the high bit set on all but the last
// (LEB128).
#pragma once

#include <cstdint>

#include "engine/base/bytes.hpp"

namespace dwcp::hde {

constexpr std::size_t varint_bytes_max = 10;

inline void put_varint(ByteVector& to, std::uint64_t value) {
  while (value >= 0x80) {
    to.push_back(static_cast<std::byte>(value | 0x80));
    value >>= 7;
  }
  to.push_back(static_cast<std::byte>(value));
}

// Removes one from the front of `from`. False when it is cut off or exceeds 64 bits; `from` is then of no use.
inline bool take_varint(ByteSpan& from, std::uint64_t& value) {
  value = 0;
  for (std::size_t i = 0; i < from.size() && i < varint_bytes_max; ++i) {
    const auto byte = std::to_integer<std::uint64_t>(from[i]);
    if (i == varint_bytes_max - 1 && byte > 1) return false;
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      from = from.subspan(i + 1);
      return true;
    }
  }
  return false;
}

// Signed values with small magnitude become small: 0, -1, 1, -2... are 0, 1, 2, 3...
constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

}  // namespace dwcp::hde
