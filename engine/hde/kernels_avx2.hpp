// Loops compiled for AVX2; callers must have asked the processor. Plain types only: the file behind it is compiled with
// other options, and an inline function of a shared header compiled there could be linked into code for any processor.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
namespace dwcp::hde::avx2 {

bool is_zero(const std::byte* page);
std::size_t difference(const std::byte* a, const std::byte* b, std::uint64_t* mask);
std::size_t anchors(const std::byte* bytes, std::size_t size, std::uint32_t* places);
void hash_page(const std::byte* page, std::uint64_t* low, std::uint64_t* high);

}  // namespace dwcp::hde::avx2
#endif
