#include "engine/hde/kernels_avx2.hpp"

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

void hash_page(const std::byte* page, std::uint64_t* low, std::uint64_t* high) {
  const XXH128_hash_t hash = XXH3_128bits(page, page_bytes);
  *low = hash.low64;
  *high = hash.high64;
}

}  // namespace dwcp::hde::avx2
#endif
