// What a batch carried beside its matches, and windows of them that outlive the encoder and the decoder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::hde {

// What holding the literals of one batch takes beside their bytes: entries of lists on either side, and the allocator's
// share. Both ends count it against the window's budget, so that they agree on what fits in it.
constexpr std::size_t literals_overhead = 192;

// Immutable, shared by whoever still needs it.
struct Literals {
  std::shared_ptr<const std::byte[]> data;
  std::size_t size = 0;
  ByteSpan bytes() const { return {data.get(), size}; }
  std::size_t cost() const { return size + literals_overhead; }
};

// What both ends hold at the end of a session, in which everything was acknowledged. It may begin another one between
// the same two ends, in either direction: who was to receive it has the same bytes under the same numbers.
struct KeptWindow {
  struct Batch {
    BatchId id;
    Literals literals;
  };
  std::vector<Batch> batches;  // ascending
  BatchId last;                // of the session's batches, held or not

  Bytes size() const;  // Literals::cost() of all
  // What the other end does not hold: batches below its first one.
  void drop_below(BatchId first);
};

// From the oldest batch that a window holds to the newest one, by number: small windows have small tables. Batches that
// carry less than a kilobyte on average shorten a window of less than 256 MiB.
constexpr std::uint64_t window_batches_max(Bytes budget, std::uint64_t at_most) {
  return std::clamp<std::uint64_t>(budget.value / 1024, std::min<std::uint64_t>(4096, at_most), at_most);
}

}  // namespace dwcp::hde
