// One block to and from the payload of one chunk. Everything here is work for a compute thread: no state, no I/O.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/hde/decoder.hpp"
#include "engine/hde/encoder.hpp"
#include "engine/transfer/wire.hpp"

namespace dwcp::transfer {

// Packs block `block` of a file. `content` is the block, filled up with zeroes to a multiple of 4096 bytes.
class BlockEncoder {
 public:
  BlockEncoder(BlockIndex block, Slice content);
  const Hash128& hash() const { return hash_; }
  // Once. The header for `index` and the batch, to be sent as one chunk.
  struct Chunk {
    std::vector<Slice> payload;
    hde::Encoded encoded;
  };
  Chunk encode(FileIndex index, hde::Codec codec) &&;

 private:
  BlockIndex block_;
  std::optional<hde::Plan> plan_;
  Hash128 hash_;
};

// A decoded block: what is to be written, in ascending order, without the pages of zeroes.
struct BlockContent {
  struct Piece {
    std::uint64_t offset = 0;  // within the file
    ByteSpan bytes;
  };
  std::vector<Piece> pieces;
  bool has_zeroes = false;             // some of the block is not covered by pieces
  std::shared_ptr<const void> memory;  // keeps the pieces alive
  platform::WorkList work;
};

// Unpacks a chunk's payload behind its header, for the block of the header in a file of `file_size`. Errors:
// bad_encoding when no correct peer sends that; checksum_mismatch when it was damaged and is to be sent again.
Result<BlockContent> decode_block(const BlockHeader& header, Bytes file_size, Slice payload);

}  // namespace dwcp::transfer
