// CRC-32C by folding: carry-less multiplication on 512-bit registers. Internal to checksum.cpp.
#pragma once

#include <cstdint>

#include "engine/base/bytes.hpp"

namespace dwcp::crc32c_fold {

// Whether the processor has AVX-512 with VPCLMULQDQ. What follows may be called only then.
bool available();
// Fewer bytes than these are not worth the set-up.
constexpr std::size_t length_min = 1024;

struct Folded {
  std::uint32_t crc;  // the register after the first `bytes` of the input
  std::size_t bytes;  // a multiple of 256; what is left, fewer than 256, is the caller's
};
// `crc` is the register before the input, not inverted. Precondition: input.size() >= length_min.
Folded fold(ByteSpan input, std::uint32_t crc);

}  // namespace dwcp::crc32c_fold
