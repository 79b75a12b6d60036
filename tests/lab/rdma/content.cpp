#include "tests/lab/rdma/content.hpp"

namespace dwcp::platform::native {
namespace {

// SplitMix64's output function (Steele, Lea, Flood 2014).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

std::uint64_t word_at(std::uint64_t position, std::uint64_t seed) {
  return mixed(seed + position / 8 * 0x9e3779b97f4a7c15U);
}

}  // namespace

void fill(MutableByteSpan into, std::uint64_t position, std::uint64_t seed) {
  for (std::size_t i = 0; i < into.size(); i += 8) store_le(into.data() + i, word_at(position + i, seed));
}

bool is_filled(ByteSpan bytes, std::uint64_t position, std::uint64_t seed) {
  for (std::size_t i = 0; i < bytes.size(); i += 8)
    if (load_le<std::uint64_t>(bytes.data() + i) != word_at(position + i, seed)) return false;
  return true;
}

}  // namespace dwcp::platform::native
