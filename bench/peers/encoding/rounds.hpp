// What is to be sent: all pages of the first capture, then of each capture those that differ from the one before.
#pragma once

#include <vector>

#include "bench/peers/encoding/corpus.hpp"

namespace dwcp::bench {

struct Round {
  const Capture* now = nullptr;
  const Capture* before = nullptr;      // null: the full copy
  double guest_seconds = 0;             // between the two
  std::vector<std::uint64_t> pages;     // all of them, in the order of addresses
  std::vector<std::uint64_t> non_zero;  // those that are not zero now
  bool part = false;                    // of what is needed at the destination to have the capture there

  std::uint64_t content_bytes() const { return non_zero.size() * page_size.value; }
};

// One for each capture. The corpus outlives them.
std::vector<Round> rounds_of(const Corpus& corpus);

// All pages of one capture.
Round full_copy(const Corpus& corpus, std::size_t capture);

bool is_zero(ByteSpan page);
bool is_zero(const Capture& capture, std::uint64_t page);
bool differ(const Capture& a, const Capture& b, std::uint64_t page);
// The pages one behind the other.
ByteVector joined(const Capture& capture, std::span<const std::uint64_t> pages);

}  // namespace dwcp::bench
