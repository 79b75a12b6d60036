// Batches as the migration's source cuts them from the guest's stream (engine/migration/page_collector.hpp): pages lie
// in buffers of 2 MiB, each behind its address.
#pragma once

#include <vector>

#include "bench/peers/encoding/rounds.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::bench {

// Pages whose contents lie within `input`.
struct GuestBatch {
  Slice input;
  std::vector<hde::PageIn> pages;
};

class GuestStream {
 public:
  explicit GuestStream(const Round& round) : round_(round) {}
  // No pages: it is over. `version` is that of the batch's pages.
  GuestBatch next(Version version);

 private:
  void fill_buffer();

  const Round& round_;
  std::size_t page_ = 0, non_zero_ = 0;  // the next ones
  struct Read {
    std::uint64_t index;
    ByteSpan content;  // empty: zero
  };
  Slice buffer_;
  std::vector<Read> read_;  // of the buffer
  std::size_t taken_ = 0;
};

}  // namespace dwcp::bench
