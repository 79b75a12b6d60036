// Good bytes, damaged: what the seeded tests give to the checks of the fuzz targets.
#pragma once

#include <algorithm>

#include "engine/base/bytes.hpp"
#include "engine/base/random.hpp"

namespace dwcp::fuzz {

// One to four of: a changed byte, a flipped bit, a piece left out, a piece said twice, an early end. The first `kept`
// bytes stay as they are. With `dense`, half of the wounds hit the bytes before it, where the structure is dense.
inline ByteVector damaged(ByteVector bytes, std::size_t kept, Random& random, std::size_t dense = 0) {
  const std::uint64_t wounds = 1 + random.below(4);
  for (std::uint64_t i = 0; i < wounds && bytes.size() > kept; ++i) {
    const std::size_t reach = dense > kept && random.chance(0.5) ? std::min(bytes.size(), dense) : bytes.size();
    const std::size_t at = kept + random.below(reach - kept);
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end =
        begin + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(1 + random.below(64), bytes.size() - at));
    switch (random.below(5)) {
      case 0:
        *begin = static_cast<std::byte>(random.below(256));
        break;
      case 1:
        *begin ^= static_cast<std::byte>(1u << random.below(8));
        break;
      case 2:
        bytes.erase(begin, end);
        break;
      case 3: {
        const ByteVector piece(begin, end);
        bytes.insert(begin, piece.begin(), piece.end());
        break;
      }
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

}  // namespace dwcp::fuzz
