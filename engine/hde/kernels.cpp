#include "engine/hde/kernels.hpp"

#include <bit>
#include <cstring>

#include "engine/hde/anchors.hpp"
#include "engine/hde/kernels_avx2.hpp"
#include "engine/hde/kernels_avx512.hpp"

namespace dwcp::hde {
namespace {

std::uint64_t word_at(const std::byte* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

bool is_zero_portable(const std::byte* page) {
  // Most pages that are not zero show it in their first line; only then is a longer, unrolled look worth its set-up.
  if (word_at(page) != 0) return false;
  for (std::size_t at = 0; at < page_bytes; at += 64) {
    std::uint64_t any = 0;
    for (std::size_t i = 0; i < 64; i += 8) any |= word_at(page + at + i);
    if (any != 0) return false;
  }
  return true;
}

// One bit for each byte of `word` that is not zero.
std::uint64_t bytes_set(std::uint64_t word) {
  constexpr std::uint64_t low7 = 0x7f7f7f7f7f7f7f7f;
  const std::uint64_t high = (((word & low7) + low7) | word) & ~low7;  // 0x80 in each byte that is not zero
  return (high >> 7) * 0x0102040810204080 >> 56;                       // gathers the eight flags into one byte
}

std::size_t difference_portable(const std::byte* a, const std::byte* b, std::uint64_t* mask) {
  std::size_t count = 0;
  for (std::size_t word = 0; word < mask_words; ++word) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      const std::size_t at = word * 64 + i * 8;
      const std::uint64_t changed = word_at(a + at) ^ word_at(b + at);
      if (changed != 0) bits |= bytes_set(changed) << (8 * i);
    }
    mask[word] = bits;
    count += static_cast<std::size_t>(std::popcount(bits));
  }
  return count;
}

static_assert(anchor_key_length == anchor_key_bytes && anchor_gap == anchor_gap_min);

std::size_t anchors_portable(const std::byte* bytes, std::size_t size, std::uint32_t* places) {
  return anchors_from(0, bytes, size, places, 0);
}

Hash128 hash_portable(const std::byte* page) { return hash128({page, page_bytes}); }

constexpr Kernels portable{is_zero_portable, difference_portable, hash_portable, anchors_portable};

#if defined(__x86_64__)
Hash128 hash_avx2(const std::byte* page) {
  Hash128 hash;
  avx2::hash_page(page, &hash.low, &hash.high);
  return hash;
}
constexpr Kernels for_avx2{avx2::is_zero, avx2::difference, hash_avx2, avx2::anchors};
constexpr Kernels for_avx512{avx2::is_zero, avx2::difference, hash_avx2, avx512::anchors};
#endif

}  // namespace

std::vector<const Kernels*> all_kernels() {
  std::vector<const Kernels*> all{&portable};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") == 0 || __builtin_cpu_supports("popcnt") == 0) return all;
  all.push_back(&for_avx2);
  if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0) all.push_back(&for_avx512);
#endif
  return all;
}

const Kernels& kernels() {
  static const Kernels& fastest = *all_kernels().back();
  return fastest;
}

}  // namespace dwcp::hde
