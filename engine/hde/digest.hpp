// An order-independent digest of memory: the sum, modulo 2^128, of one keyed hash per page that is not zero. A page
// that was never sent counts like a zero page, so the digest of a whole memory can be computed without knowing what was
// sent.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "engine/base/checksum.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::hde {

class Digest {
 public:
  // `content` is the hash128 of the page's 4096 bytes; the page must not be zero.
  void add(const PageKey& key, const Hash128& content);
  void remove(const PageKey& key, const Hash128& content);
  // The sum as two words. Not a proof against somebody who chooses the contents.
  std::uint64_t low() const { return low_; }
  std::uint64_t high() const { return high_; }
  // As it came from the peer.
  static Digest of_words(std::uint64_t low, std::uint64_t high);
  // 32 hexadecimal digits, highest first.
  std::string to_string() const;
  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  std::uint64_t low_ = 0, high_ = 0;
};

// Adds the pages of `memory` (a multiple of 4096 bytes) as pages first, first + 1... of `block`; zero pages add
// nothing.
void add_memory(Digest& digest, std::uint32_t block, PageIndex first, ByteSpan memory);

}  // namespace dwcp::hde
