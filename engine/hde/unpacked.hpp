// What Decoder::unpack() hands to Decoder::apply().
#pragma once

#include <memory>
#include <vector>

#include "engine/base/checksum.hpp"
#include "engine/hde/decoder.hpp"
#include "engine/hde/delta.hpp"
#include "engine/hde/format.hpp"
#include "engine/hde/held_window.hpp"
#include "engine/hde/match_list.hpp"

namespace dwcp::hde {

struct Unpacked::Contents {
  // Beside each record: where its content is.
  struct Content {
    const std::byte* bytes = nullptr;  // of a page in full, in `storage`
    Hash128 hash;                      // of a page in full
    DeltaExtent delta;                 // of a delta...
    const std::byte* changed = nullptr;
    std::byte* room = nullptr;  // ...and the page in `storage` where it is to be applied
  };
  // All memory that a sink may be given. Shared, since a sink may hold it longer than the batch.
  struct Storage {
    Slice payload;
    std::shared_ptr<std::byte[]> packed;       // decompressed literals and pages
    std::unique_ptr<std::byte[]> windowed;     // pages made of literals and matches
    std::unique_ptr<std::byte[]> deltas;       // decompressed deltas
    std::unique_ptr<std::byte[]> delta_pages;  // what becomes of them
  };

  BatchId batch;
  std::vector<Record> records;
  std::vector<Content> contents;
  std::shared_ptr<Storage> storage;
  platform::WorkList work;

  // Until they are complete, windowed pages have no content.
  std::vector<Match> matches;
  ByteSpan literals;
  std::size_t windowed = 0;             // pages
  std::uint32_t windowed_checksum = 0;  // WindowHead::pages
  bool complete = true;
  bool windowed_wrong = false;  // they are complete, and not what was sent
};

// What the decoder knows about one page.
struct HeldState {
  Hash128 hash;
  std::uint32_t version = 0;  // the newest that was applied; 0: none
};

// Decoder::unpack().
Result<Unpacked> unpack_batch(Slice payload, HeldWindow& window);
// Decoder::can_complete() and complete().
bool can_complete(const Unpacked::Contents& batch, const HeldWindow& window);
Result<void> complete_batch(Unpacked::Contents& batch, const HeldWindow& window);

}  // namespace dwcp::hde
