// As kernels_avx2.hpp, for processors with AVX-512F and BW.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
namespace dwcp::hde::avx512 {

std::size_t anchors(const std::byte* bytes, std::size_t size, std::uint32_t* places);

}  // namespace dwcp::hde::avx512
#endif
