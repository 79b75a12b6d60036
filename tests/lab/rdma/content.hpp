// What the tests send: bytes that say where in which stream they belong.
#pragma once

#include <cstdint>

#include "engine/base/bytes.hpp"

namespace dwcp::platform::native {

// The bytes from `position` on of a stream that is the same for every caller with this `seed`. Precondition: position
// and into.size() are multiples of 8.
void fill(MutableByteSpan into, std::uint64_t position, std::uint64_t seed);
bool is_filled(ByteSpan bytes, std::uint64_t position, std::uint64_t seed);

}  // namespace dwcp::platform::native
