// How much memory the two ends take at most, beside the guest's own: for whoever sizes a host. Heap bytes with the
// allocator's share; what zstd keeps for each thread that compresses (compression_context_max) comes on top.
// tests/property/engine/hde/memory_test.cpp counts that it is so.
//
// For example, a guest of 16 GiB with the defaults, 64 batches of 256 pages under way and 16 waiting at the receiver:
// 884 MiB for the encoder, and 14 MiB more for each batch in the making; 419 MiB for the decoder.
#pragma once

#include "engine/hde/decoder.hpp"
#include "engine/hde/encoder.hpp"

namespace dwcp::hde {

// What an end has to do with.
struct Workload {
  // That were sent, of all blocks; of a block that is used here and there all of it.
  std::uint64_t pages = 0;
  std::uint32_t blocks = 1;
  // In one batch at most; a receiver may be sent max_batch_pages.
  std::size_t batch_pages = 256;
  // The encoder's: batches that are not acknowledged, and the pages in them, each as often as it is in one.
  std::size_t batches_under_way = 0, pages_under_way = 0;
  // The decoder's: unpacked and not applied.
  std::size_t batches_waiting = 0;
};

struct MemoryBound {
  // Between calls: the budgets, 24 bytes a page, the window's index (8 bytes for every 128 of its budget, rounded up to
  // a power of two, so at most an eighth of it) and numbers, 48 bytes a page under way and 256 a batch, and room for
  // one batch.
  Bytes resting{0};
  // During a call, and in what it returned until that is freed: 14 times the content of a batch, of plan() and encode()
  // together, for every batch that is planned or encoded at once; 4 times for every one that is unpacked.
  Bytes working{0};
};

MemoryBound encoder_memory(const EncoderConfig& config, const Workload& load);
// Without the payloads, which are the session's.
MemoryBound decoder_memory(const DecoderConfig& config, const Workload& load);
// Its contents within `budget`, and four bytes a page.
Bytes base_cache_memory(Bytes budget, const Workload& load);

// Of zstd, for each thread that compresses or decompresses with the levels of Codec: allocated at the first use, and
// kept. It depends on the level, and on the largest batch: this is for zstd18 and max_batch_pages.
constexpr Bytes compression_context_max = MiB(16);

}  // namespace dwcp::hde
