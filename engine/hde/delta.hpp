// A page as the difference to its base: which runs of bytes changed, and to what (not their XOR: contents compress
// better than the noise that this is: a quarter of the bytes of a database's changes). Structures and changed
// bytes of all deltas of a batch stand in two streams, since each compresses better beside its own kind.
//   structure of one page: varint runs, then for each run varint gap (from the end of the previous), varint length - 1
// Changed runs with fewer than `delta_gap_min` equal bytes between them are one run: a run costs two bytes or more.
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/bytes.hpp"
#include "engine/hde/kernels.hpp"

namespace dwcp::hde {

constexpr std::size_t delta_gap_min = 8;
// Runs of a page cannot be more than this: each but the last is followed by a gap.
constexpr std::size_t delta_runs_max = (page_bytes + delta_gap_min) / (1 + delta_gap_min) + 1;

// A delta that changes more of its page than this is no better than the page itself: where a codec works on whole
// pages, these find more that is alike.
constexpr std::size_t delta_changed_max = 2048;

// Bytes that one page can take in both streams together: what a reader must be ready for.
constexpr std::size_t delta_size_max = page_bytes + 2 + 4 * delta_runs_max;

// Appends to two buffers that are reused from batch to batch.
class DeltaWriter {
 public:
  // Appends the delta of `content` to `base` (a page each). False, with nothing appended, when the changed runs are
  // longer than `changed_max` bytes together (<= 4096).
  bool append(const std::byte* content, const std::byte* base, std::size_t changed_max, const Kernels& with);
  void clear();
  ByteSpan structure() const { return structure_; }
  ByteSpan changed() const { return {changed_.data(), changed_size_}; }
  std::size_t size() const { return structure_.size() + changed_size_; }

 private:
  struct Run {
    std::uint32_t begin, end;
  };
  std::size_t find_runs(const std::uint64_t* mask);

  ByteVector structure_;
  ByteVector changed_;  // filled up to changed_size_; behind it there is always room for a page
  std::size_t changed_size_ = 0;
  Run runs_[delta_runs_max];
};

// Checks one structure at the front of `structures` and removes it. The result is the number of changed bytes that
// belong to it, or nothing when it does not fit a page.
struct DeltaExtent {
  ByteSpan structure;
  std::size_t changed = 0;
};
bool take_delta(ByteSpan& structures, DeltaExtent& extent);

// Turns the base in `page` into the content. Precondition: take_delta() gave `structure`, and `changed` is as long as
// it said.
void apply_delta(ByteSpan structure, ByteSpan changed, std::byte* page);

}  // namespace dwcp::hde
