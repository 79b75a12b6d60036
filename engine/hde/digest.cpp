#include "engine/hde/digest.hpp"

#include <array>
#include <cstdio>

#include "engine/hde/kernels.hpp"

namespace dwcp::hde {
namespace {

// A page's own term: its address and its content, mixed, so that swapped pages change the sum.
Hash128 term(const PageKey& key, const Hash128& content) {
  std::array<std::byte, 32> fields;
  store_le(fields.data(), std::uint64_t{key.block});
  store_le(fields.data() + 8, key.index.value);
  store_le(fields.data() + 16, content.low);
  store_le(fields.data() + 24, content.high);
  return hash128(fields);
}

}  // namespace

void Digest::add(const PageKey& key, const Hash128& content) {
  const Hash128 own = term(key, content);
  low_ += own.low;
  high_ += own.high + (low_ < own.low ? 1u : 0u);
}

void Digest::remove(const PageKey& key, const Hash128& content) {
  const Hash128 own = term(key, content);
  high_ -= own.high + (low_ < own.low ? 1u : 0u);
  low_ -= own.low;
}

Digest Digest::of_words(std::uint64_t low, std::uint64_t high) {
  Digest digest;
  digest.low_ = low;
  digest.high_ = high;
  return digest;
}

std::string Digest::to_string() const {
  char text[33];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(high_),
                static_cast<unsigned long long>(low_));
  return text;
}

void add_memory(Digest& digest, std::uint32_t block, PageIndex first, ByteSpan memory) {
  for (std::size_t at = 0; at + page_bytes <= memory.size(); at += page_bytes, ++first) {
    const std::byte* const page = memory.data() + at;
    if (!kernels().is_zero(page)) digest.add({block, first}, kernels().hash(page));
  }
}

}  // namespace dwcp::hde
