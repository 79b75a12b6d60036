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
  static_assert((anchor_mask & ~0xff0000u) == 0, "the third byte of a sum decides");
  const auto factors_of = [](std::int32_t low, std::int32_t high) {
    return _mm256_set1_epi32(static_cast<int>(static_cast<std::uint32_t>(high) << 16 | (low & 0xffff)));
  };
  const __m256i first = factors_of(anchor_factors[0], anchor_factors[1]);
  const __m256i second = factors_of(anchor_factors[2], anchor_factors[3]);
  const __m256i mask = _mm256_set1_epi8(static_cast<char>(anchor_mask >> 16));
  const __m256i pattern = _mm256_set1_epi8(static_cast<char>(anchor_pattern >> 16));
  const __m256i upper_bytes = _mm256_set1_epi16(static_cast<short>(0xff00));
  // Of the places at `at`, `at` + 4 and so on.
  const auto sums = [&](const std::byte* at) {
    return _mm256_add_epi32(_mm256_madd_epi16(load(at), first), _mm256_madd_epi16(load(at + 4), second));
  };
  // The third bytes of the sums of all even places in the lower bytes of words of 16 bits.
  const auto third_bytes = [&](const std::byte* at) {
    return _mm256_blend_epi16(_mm256_srli_epi32(sums(at), 16), sums(at + 2), 0xaa);
  };
  const auto of_32_places = [&](const std::byte* at) {
    const __m256i even = third_bytes(at), odd = _mm256_slli_epi16(third_bytes(at + 1), 8);
    const __m256i decide = _mm256_and_si256(_mm256_blendv_epi8(even, odd, upper_bytes), mask);
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(decide, pattern)));
  };
  const auto of_64_places = [&](const std::byte* at) {
    return of_32_places(at) | static_cast<std::uint64_t>(of_32_places(at + 32)) << 32;
  };
  return anchors_by(of_64_places, bytes, size, places);
}

void hash_page(const std::byte* page, std::uint64_t* low, std::uint64_t* high) {
  const XXH128_hash_t hash = XXH3_128bits(page, page_bytes);
  *low = hash.low64;
  *high = hash.high64;
}

}  // namespace dwcp::hde::avx2
#endif
