// Which places are anchors: what both kinds of kernels have to agree on. Internal to kernels*.cpp, and static, so
// that each of these files keeps what was compiled for its own processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace dwcp::hde {

// A place is an anchor when the upper bits of `(first + 31 * second) * anchor_factor` are anchor_pattern's, where first
// and second are the two words of 32 bits there. The pattern is not zero, so that zeroes have none.
constexpr std::uint32_t anchor_factor = 0x9e3779b1;
constexpr std::size_t anchor_key_length = 32, anchor_gap = 16;  // kernels.hpp's
constexpr std::uint32_t anchor_mask = 0xfe000000, anchor_pattern = 0x58000000;

[[maybe_unused]] static bool is_anchor(const std::byte* at) {
  std::uint32_t first, second;
  std::memcpy(&first, at, sizeof first);
  std::memcpy(&second, at + sizeof first, sizeof second);
  return ((first + 31 * second) * anchor_factor & anchor_mask) == anchor_pattern;
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
