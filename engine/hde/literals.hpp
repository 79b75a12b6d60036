// What a batch carried beside its matches, and windows of them that outlive the encoder and the decoder.
#pragma once

#include <memory>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::hde {

// Immutable, shared by whoever still needs it.
struct Literals {
  std::shared_ptr<const std::byte[]> data;
  std::size_t size = 0;
  ByteSpan bytes() const { return {data.get(), size}; }
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

  Bytes size() const;
  // What the other end does not hold: batches below its first one.
  void drop_below(BatchId first);
};

}  // namespace dwcp::hde
