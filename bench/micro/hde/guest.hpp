// Guest memory in two states, and a sending side that goes over it again and again.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "bench/micro/hde/speed.hpp"
#include "engine/hde/encoder.hpp"
#include "tests/unit/engine/hde/pages.hpp"

namespace dwcp::bench {

constexpr std::size_t batch_pages = 256;  // 1 MiB, as the file transfer sends

// Memory as a Slice, so that batches refer to it without copying.
Slice make_memory(std::size_t bytes, std::span<const hde::testing::Content> kinds);
// The same with one page of every so many changed as its guest would.
Slice dirtied(const Slice& memory, std::span<const hde::testing::Content> kinds, std::size_t every = 1);

class Sender {
 public:
  explicit Sender(hde::EncoderConfig config) : encoder_(config) {}

  // Plans and encodes `memory` in batches, with the next version, and acknowledges each outside the measured time.
  // `each` is given every batch.
  Pass pass(const Slice& memory, hde::Codec codec, const std::function<void(hde::Encoded&)>& each = {});
  // Measures the acknowledgements as well.
  // The search for what earlier batches carried, alone.
  Pass search_pass(const Slice& memory);
  Pass whole_pass(const Slice& memory, hde::Codec codec);
  // Measures the acknowledgements instead.
  Pass acknowledge_pass(const Slice& memory, hde::Codec codec);

 private:
  hde::Encoder encoder_;
  Version version_{0};
};

}  // namespace dwcp::bench
