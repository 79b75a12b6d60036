#include "engine/migration/stream_chunks.hpp"

namespace dwcp::migration {

Slice encode(const OpaquePiece& piece) {
  FieldWriter out;
  out.put(static_cast<std::uint8_t>(piece.part))
      .put(static_cast<std::uint8_t>(piece.ram_ended))
      .put(piece.offset)
      .put_bytes(piece.bytes);
  return Slice::adopt(out.take());
}

Result<OpaquePiece> decode_opaque(ByteSpan payload) {
  FieldReader in(payload);
  const auto part = in.get<std::uint8_t>();
  const auto ram_ended = in.get<std::uint8_t>();
  const auto offset = in.get<std::uint64_t>();
  const OpaquePiece piece{static_cast<qemu_stream::Part>(part), ram_ended == 1, offset, in.rest()};
  if (!in.ok() || ram_ended > 1 || part > static_cast<std::uint8_t>(qemu_stream::Part::tail))
    return Failure(Errc::protocol_error, "an opaque piece of " + std::to_string(payload.size()) +
                                             " bytes does not begin with its part and offset");
  return piece;
}

}  // namespace dwcp::migration
