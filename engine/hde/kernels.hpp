// The loops over whole pages, in a portable form, for AVX2 and for AVX-512, chosen when the program runs. All give the
// same results.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/base/checksum.hpp"
#include "engine/base/units.hpp"

namespace dwcp::hde {

constexpr std::size_t page_bytes = page_size.value;
// One bit for each byte of a page, lowest first.
constexpr std::size_t mask_words = page_bytes / 64;

// Anchors: places that are chosen by the eight bytes there, so that equal contents have them at equal places.
constexpr std::size_t anchor_distance = 256;  // on average, of random bytes
constexpr std::size_t anchor_gap_min = 16;    // fewer are passed over
constexpr std::size_t anchor_key_bytes = 32;  // that are there behind each

struct Kernels {
  // All read exactly one page (4096 bytes, no alignment needed) from each pointer.
  bool (*is_zero)(const std::byte* page);
  // Bit i of the mask is set when byte i differs. Returns the number of bytes that differ.
  std::size_t (*difference)(const std::byte* a, const std::byte* b, std::uint64_t* mask);
  // The value of hash128(), faster.
  Hash128 (*hash)(const std::byte* page);
  // Writes the places of the anchors within `size` bytes, in ascending order, to `places`, which has room for one in
  // each anchor_gap_min bytes and one more. Returns how many there are.
  std::size_t (*anchors)(const std::byte* bytes, std::size_t size, std::uint32_t* places);
};

// The fastest that this processor runs.
const Kernels& kernels();
// All that it runs: the portable ones first, the fastest last.
std::vector<const Kernels*> all_kernels();

}  // namespace dwcp::hde
