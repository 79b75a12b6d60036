// The loops over whole pages, in a portable form and for AVX2, chosen when the program runs. Both give the same
// results.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/checksum.hpp"
#include "engine/base/units.hpp"

namespace dwcp::hde {

constexpr std::size_t page_bytes = page_size.value;
// One bit for each byte of a page, lowest first.
constexpr std::size_t mask_words = page_bytes / 64;

struct Kernels {
  // All read exactly one page (4096 bytes, no alignment needed) from each pointer.
  bool (*is_zero)(const std::byte* page);
  // Bit i of the mask is set when byte i differs. Returns the number of bytes that differ.
  std::size_t (*difference)(const std::byte* a, const std::byte* b, std::uint64_t* mask);
  // The value of hash128(), faster.
  Hash128 (*hash)(const std::byte* page);
};

// The fastest that this processor runs.
const Kernels& kernels();
const Kernels& portable_kernels();

}  // namespace dwcp::hde
