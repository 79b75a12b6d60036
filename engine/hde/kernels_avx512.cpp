#include "engine/hde/kernels_avx512.hpp"

#include "engine/hde/anchors.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

namespace dwcp::hde::avx512 {

// As the form for AVX2, twice as wide.
std::size_t anchors(const std::byte* bytes, std::size_t size, std::uint32_t* places) {
  static_assert((anchor_mask & ~0xff0000u) == 0, "the third byte of a sum decides");
  const auto factors_of = [](std::int32_t low, std::int32_t high) {
    return _mm512_set1_epi32(static_cast<int>(static_cast<std::uint32_t>(high) << 16 | (low & 0xffff)));
  };
  const __m512i first = factors_of(anchor_factors[0], anchor_factors[1]);
  const __m512i second = factors_of(anchor_factors[2], anchor_factors[3]);
  const __m512i mask = _mm512_set1_epi8(static_cast<char>(anchor_mask >> 16));
  const __m512i pattern = _mm512_set1_epi8(static_cast<char>(anchor_pattern >> 16));
  const auto sums = [&](const std::byte* at) {
    return _mm512_add_epi32(_mm512_madd_epi16(_mm512_loadu_si512(at), first),
                            _mm512_madd_epi16(_mm512_loadu_si512(at + 4), second));
  };
  const auto third_bytes = [&](const std::byte* at) {
    return _mm512_mask_blend_epi16(0xaaaaaaaa, _mm512_srli_epi32(sums(at), 16), sums(at + 2));
  };
  const auto of_64_places = [&](const std::byte* at) {
    const __m512i even = third_bytes(at), odd = _mm512_slli_epi16(third_bytes(at + 1), 8);
    const __m512i decide = _mm512_and_si512(_mm512_mask_blend_epi8(0xaaaaaaaaaaaaaaaa, even, odd), mask);
    return _mm512_cmpeq_epi8_mask(decide, pattern);
  };
  return anchors_by(of_64_places, bytes, size, places);
}

}  // namespace dwcp::hde::avx512
#endif
