// Which places are anchors: what both kinds of kernels have to agree on. Internal to kernels*.cpp, and static, so
// that each of these files keeps what was compiled for its own processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace dwcp::hde {

// A place is an anchor when anchor_mask's bits of the sum of the four words of 16 bits there, as signed numbers, each
// times a factor of its own, are anchor_pattern's. The pattern is not zero, so that zeroes have none.
constexpr std::int32_t anchor_factors[4] = {20071, -24809, 31513, 14347};
constexpr std::uint32_t anchor_mask = 0xff0000, anchor_pattern = 0x580000;
constexpr std::size_t anchor_key_length = 32, anchor_gap = 16;  // kernels.hpp's

[[maybe_unused]] static bool is_anchor(const std::byte* at) {
  std::int16_t words[4];
  std::memcpy(words, at, sizeof words);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < 4; ++i) sum += static_cast<std::uint32_t>(words[i] * anchor_factors[i]);
  return (sum & anchor_mask) == anchor_pattern;
}

// The anchors from place `begin` on, after `count` that were found before it; Kernels::anchors() says the rest.
[[maybe_unused]] static std::size_t anchors_from(std::size_t begin, const std::byte* bytes, std::size_t size,
                                                 std::uint32_t* places, std::size_t count) {
  for (std::size_t place = begin; place + anchor_key_length <= size; ++place)
    if (is_anchor(bytes + place) && (count == 0 || place - places[count - 1] >= anchor_gap))
      places[count++] = static_cast<std::uint32_t>(place);
  return count;
}

// The same, from the start, where `of_64_places(at)` has bit i set when `at` + i is an anchor, and may read 7 bytes
// more.
template <class Masks>
static std::size_t anchors_by(Masks of_64_places, const std::byte* bytes, std::size_t size, std::uint32_t* places) {
  constexpr std::size_t step = 64, steps = 64, reads = step + 7;
  static_assert(anchor_key_length <= step);
  std::size_t count = 0, place = 0, next = 0;  // none is taken before `next`
  while (place + reads <= size && place + step + step <= size) {
    // Whether there is one among 64 cannot be foretold, so nothing branches on it.
    std::uint64_t masks[steps];
    std::uint32_t where[steps];
    std::size_t with_some = 0;
    for (std::size_t i = 0; i < steps && place + reads <= size && place + step + step <= size; ++i, place += step) {
      const std::uint64_t found = of_64_places(bytes + place);
      masks[with_some] = found;
      where[with_some] = static_cast<std::uint32_t>(place);
      with_some += found != 0 ? 1 : 0;
    }
    for (std::size_t i = 0; i < with_some; ++i) {
      for (std::uint64_t found = masks[i]; found != 0; found &= found - 1) {
        const std::size_t one = where[i] + static_cast<std::size_t>(__builtin_ctzll(found));
        if (one < next) continue;
        places[count++] = static_cast<std::uint32_t>(one);
        next = one + anchor_gap;
      }
    }
  }
  return anchors_from(place, bytes, size, places, count);
}

}  // namespace dwcp::hde
