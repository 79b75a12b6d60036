// What travels in the session's chunks: encoded page batches (docs/hde-format.md) and opaque pieces of QEMU's stream.
#pragma once

#include "engine/amst/session.hpp"
#include "hypervisor/qemu_stream/reader.hpp"

namespace dwcp::migration {

constexpr amst::Channel pages_channel{1};
constexpr amst::Channel opaque_channel{2};

// One piece of a part of the stream. Pieces of one part are put together by their offsets.
struct OpaquePiece {
  qemu_stream::Part part = qemu_stream::Part::prefix;
  bool ram_ended = false;    // of the tail: false when RAM's pages are within it, unread (Visitor::on_unreadable)
  std::uint64_t offset = 0;  // within its part
  ByteSpan bytes;
};
constexpr Bytes opaque_piece_max = MiB(1);
constexpr Bytes opaque_head{10};  // what an encoded piece takes beside its bytes

// part (1 byte), ram_ended (1 byte), offset (8 bytes), then the bytes.
Slice encode(const OpaquePiece&);
// The piece's bytes lie within `payload`.
Result<OpaquePiece> decode_opaque(ByteSpan payload);

}  // namespace dwcp::migration
