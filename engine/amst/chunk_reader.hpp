// Reads chunks from a data stream into memory of the receive window, on the stream's lane.
#pragma once

#include "engine/amst/receive_memory.hpp"
#include "engine/amst/transport.hpp"
#include "engine/amst/wire.hpp"

namespace dwcp::amst {

// The receive window as the peer was told it, counted on every lane: a peer that sends more than it may is cut off
// before memory is taken.
class ReceiveBudget {
 public:
  explicit ReceiveBudget(Bytes window) : free_(static_cast<std::int64_t>(window.value)) {}
  bool try_reserve(Bytes amount);
  void give_back(Bytes amount) { free_.fetch_add(static_cast<std::int64_t>(amount.value), std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> free_;
};

struct ReceivedChunk {
  Sequence sequence;
  ChunkOptions options;
  Slice payload;  // its size stays reserved in the budget
};

class ChunkReader {
 public:
  // All references outlive the reader.
  ChunkReader(Transport& transport, wire::FrameRules rules, ReceiveBudget& budget, ReceiveMemory& memory,
              ByteCounter& counter)
      : transport_(transport), rules_(rules), budget_(budget), memory_(memory), counter_(counter) {}

  // The next whole chunk. Throws system_error when the stream ends, Error for bytes that no correct peer sends; then
  // the stream cannot be used any more.
  Task<ReceivedChunk> next();

 private:
  // What follows a payload: its trailer and, when it has already come, the next header. Read along with the payload, so
  // that a chunk costs one call of the system and not three.
  static constexpr std::size_t tail_size = wire::trailer_size + wire::header_size;

  Task<wire::FrameHeader> read_header();
  // Fills `payload`, and the tail with at least the trailer; returns the payload's checksum.
  Task<std::uint32_t> read_payload(MutableByteSpan payload, std::uint32_t checksum);

  Transport& transport_;
  const wire::FrameRules rules_;
  ReceiveBudget& budget_;
  ReceiveMemory& memory_;
  ByteCounter& counter_;
  wire::HeaderBytes header_{};
  std::size_t header_filled_ = 0;
  std::array<std::byte, tail_size> tail_{};
  std::size_t tail_filled_ = 0;
};

}  // namespace dwcp::amst
