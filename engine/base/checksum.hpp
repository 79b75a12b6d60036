// Checksums. They detect accidents; none of them proves who sent the bytes.
#pragma once

#include <cstdint>

#include "engine/base/bytes.hpp"

namespace dwcp {

// CRC-32C (Castagnoli, RFC 3720 appendix B.4), by AVX-512 or SSE 4.2 where the processor has it. `seed` continues an
// earlier value.
std::uint32_t crc32c(ByteSpan bytes, std::uint32_t seed = 0);
// The same on a processor without either, by table; here so that a test can compare the two.
std::uint32_t crc32c_portable(ByteSpan bytes, std::uint32_t seed = 0);

// XXH3 (xxHash 0.8), 64 and 128 bits: content identity within one trust domain.
std::uint64_t hash64(ByteSpan bytes, std::uint64_t seed = 0);
struct Hash128 {
  std::uint64_t low = 0, high = 0;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};
Hash128 hash128(ByteSpan bytes);

}  // namespace dwcp
