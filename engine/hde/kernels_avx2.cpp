#include "engine/hde/kernels_avx2.hpp"

#include "engine/hde/anchors.hpp"

#if defined(__x86_64__)
#define XXH_INLINE_ALL
#define XXH_VECTOR XXH_AVX2
#include <immintrin.h>
#include <xxhash.h>

namespace dwcp::hde::avx2 {
namespace {

constexpr std::size_t page_bytes = 4096;

__m256i load(const std::byte* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); }

}  // namespace

bool is_zero(const std::byte* page) {
  // A non-zero page usually shows it in its first line: decide these without touching the others.
  const __m256i first = _mm256_or_si256(load(page), load(page + 32));
  if (!_mm256_testz_si256(first, first)) return false;
  for (std::size_t at = 64; at < page_bytes; at += 192) {
    __m256i any = _mm256_or_si256(load(page + at), load(page + at + 32));
    any = _mm256_or_si256(any, _mm256_or_si256(load(page + at + 64), load(page + at + 96)));
    any = _mm256_or_si256(any, _mm256_or_si256(load(page + at + 128), load(page + at + 160)));
    if (!_mm256_testz_si256(any, any)) return false;
  }
  return true;
}
static_assert((page_bytes - 64) % 192 == 0);

std::size_t difference(const std::byte* a, const std::byte* b, std::uint64_t* mask) {
  std::size_t count = 0;
  for (std::size_t word = 0; word < page_bytes / 64; ++word) {
    const std::size_t at = word * 64;
    const auto low = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(a + at), load(b + at))));
    const auto high =
        static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(a + at + 32), load(b + at + 32))));
    const std::uint64_t bits = ~(low | static_cast<std::uint64_t>(high) << 32);
    mask[word] = bits;
    count += static_cast<std::size_t>(__builtin_popcountll(bits));
  }
  return count;
}

std::size_t anchors(const std::byte* bytes, std::size_t size, std::uint32_t* places) {
  constexpr std::size_t step = 32, reads = step + 7;
  static_assert(anchor_key_length <= step);
  const __m256i factor = _mm256_set1_epi32(static_cast<int>(anchor_factor));
  const __m256i mask = _mm256_set1_epi32(static_cast<int>(anchor_mask));
  const __m256i pattern = _mm256_set1_epi32(static_cast<int>(anchor_pattern));
  // All ones in each word of 32 bits that begins an anchor.
  const auto is_anchor_at = [&](const std::byte* at) {
    const __m256i first = load(at), second = load(at + 4);
    const __m256i sum = _mm256_add_epi32(first, _mm256_sub_epi32(_mm256_slli_epi32(second, 5), second));
    return _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_mullo_epi32(sum, factor), mask), pattern);
  };
  const __m256i byte0 = _mm256_set1_epi32(0xff), byte1 = _mm256_set1_epi32(0xff00);
  const __m256i byte2 = _mm256_set1_epi32(0xff0000), byte3 = _mm256_set1_epi32(static_cast<int>(0xff000000));
  std::size_t count = 0, place = 0, next = 0;  // none is taken before `next`
  for (; place + reads <= size && place + step + step <= size; place += step) {
    const std::byte* const at = bytes + place;
    const __m256i even =
        _mm256_or_si256(_mm256_and_si256(is_anchor_at(at), byte0), _mm256_and_si256(is_anchor_at(at + 2), byte2));
    const __m256i odd =
        _mm256_or_si256(_mm256_and_si256(is_anchor_at(at + 1), byte1), _mm256_and_si256(is_anchor_at(at + 3), byte3));
    auto found = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_or_si256(even, odd)));
    for (; found != 0; found &= found - 1) {
      const std::size_t one = place + static_cast<std::size_t>(__builtin_ctz(found));
      if (one < next) continue;
      places[count++] = static_cast<std::uint32_t>(one);
      next = one + anchor_gap;
    }
  }
  return anchors_from(place, bytes, size, places, count);
}

void hash_page(const std::byte* page, std::uint64_t* low, std::uint64_t* high) {
  const XXH128_hash_t hash = XXH3_128bits(page, page_bytes);
  *low = hash.low64;
  *high = hash.high64;
}

}  // namespace dwcp::hde::avx2
#endif
