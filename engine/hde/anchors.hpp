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
constexpr std::uint32_t anchor_mask = 0xfe0000, anchor_pattern = 0x580000;
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

}  // namespace dwcp::hde
