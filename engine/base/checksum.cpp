#include "engine/base/checksum.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>

#include "engine/base/crc32c_fold.hpp"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace dwcp {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // reflected 0x1EDC6F41

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? polynomial : 0);
    table[i] = crc;
  }
  return table;
}

#if defined(__x86_64__)
// Advances `crc` over `block` zero bytes: multiplication by x^(8*block) in GF(2), tabulated per byte of the crc, so
// that independent lanes can be joined (Gopal et al., "Fast CRC Computation for iSCSI Polynomial", Intel 2011).
constexpr std::size_t lane_bytes = 1024;

constexpr std::uint32_t shift_zero_bytes(std::uint32_t crc, std::size_t count) {
  constexpr auto table = make_table();
  while (count-- > 0) crc = (crc >> 8) ^ table[crc & 0xff];
  return crc;
}

std::array<std::array<std::uint32_t, 256>, 4> make_shift_table() {
  std::array<std::uint32_t, 32> image{};
  for (std::size_t bit = 0; bit < 32; ++bit) image[bit] = shift_zero_bytes(1u << bit, lane_bytes);
  std::array<std::array<std::uint32_t, 256>, 4> shift{};
  for (std::size_t byte = 0; byte < 4; ++byte)
    for (std::size_t value = 0; value < 256; ++value)
      for (std::size_t bit = 0; bit < 8; ++bit)
        if (value >> bit & 1) shift[byte][value] ^= image[byte * 8 + bit];
  return shift;
}

std::uint32_t shift_lane(std::uint32_t crc) {
  static const auto shift = make_shift_table();
  return shift[0][crc & 0xff] ^ shift[1][crc >> 8 & 0xff] ^ shift[2][crc >> 16 & 0xff] ^ shift[3][crc >> 24];
}

// The crc32 instruction has a latency of three cycles and a throughput of one: three lanes hide it.
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(ByteSpan bytes, std::uint32_t seed) {
  const std::byte* p = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t a = seed;
  for (; left >= 3 * lane_bytes; left -= 3 * lane_bytes, p += 3 * lane_bytes) {
    std::uint64_t b = 0, c = 0;
    for (std::size_t i = 0; i < lane_bytes; i += 8) {
      a = _mm_crc32_u64(a, load_le<std::uint64_t>(p + i));
      b = _mm_crc32_u64(b, load_le<std::uint64_t>(p + lane_bytes + i));
      c = _mm_crc32_u64(c, load_le<std::uint64_t>(p + 2 * lane_bytes + i));
    }
    a = shift_lane(static_cast<std::uint32_t>(a)) ^ b;
    a = shift_lane(static_cast<std::uint32_t>(a)) ^ c;
  }
  for (; left >= 8; left -= 8, p += 8) a = _mm_crc32_u64(a, load_le<std::uint64_t>(p));
  auto crc = static_cast<std::uint32_t>(a);
  for (; left > 0; --left, ++p) crc = _mm_crc32_u8(crc, std::to_integer<std::uint8_t>(*p));
  return crc;
}
#endif

}  // namespace

std::uint32_t crc32c(ByteSpan bytes, std::uint32_t seed) {
#if defined(__x86_64__)
  static const bool has_sse42 = __builtin_cpu_supports("sse4.2");
  if (has_sse42) {
    std::uint32_t crc = ~seed;
    if (bytes.size() >= crc32c_fold::length_min && crc32c_fold::available()) {
      const auto folded = crc32c_fold::fold(bytes, crc);
      crc = folded.crc;
      bytes = bytes.subspan(folded.bytes);
    }
    return ~crc32c_sse42(bytes, crc);
  }
#endif
  return crc32c_portable(bytes, seed);
}

std::uint32_t crc32c_portable(ByteSpan bytes, std::uint32_t seed) {
  static constexpr auto table = make_table();
  std::uint32_t crc = ~seed;
  for (const std::byte b : bytes) crc = (crc >> 8) ^ table[(crc ^ std::to_integer<std::uint32_t>(b)) & 0xff];
  return ~crc;
}

std::uint64_t hash64(ByteSpan bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hash128 hash128(ByteSpan bytes) {
  const XXH128_hash_t h = XXH3_128bits(bytes.data(), bytes.size());
  return {h.low64, h.high64};
}

}  // namespace dwcp
