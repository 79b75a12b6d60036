// One piece of a pipe as the payload of one chunk (docs/migration.md).
#pragma once

#include "engine/amst/session.hpp"
#include "engine/hde/codec.hpp"
#include "engine/migration/hypervisor.hpp"

namespace dwcp::migration {

constexpr amst::Channel pipes_channel{3};

using PipeId = std::uint32_t;  // odd: opened by the side that dialed the session, even: by the other

struct PipePiece {
  static constexpr Bytes size_max = KiB(256);

  PipeId pipe = 0;
  PipeTraits traits;  // the same in each piece of one direction: pieces overtake each other, and any may come first
  bool end = false;   // the direction ends behind these bytes
  hde::WireCodec codec = hde::WireCodec::stored;
  std::uint64_t offset = 0;  // within the direction's bytes, uncompressed
  std::uint32_t size = 0;    // uncompressed; 0 only at the end
  ByteSpan bytes;            // as they travel
};

Slice encode(const PipePiece&);
// The piece's bytes lie within `payload`. Errors: protocol_error.
Result<PipePiece> decode_pipe_piece(ByteSpan payload);
// What came out of it, `size` bytes. Errors: protocol_error.
Result<ByteVector> unpack(const PipePiece&);

}  // namespace dwcp::migration
