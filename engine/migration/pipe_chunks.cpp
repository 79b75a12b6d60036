#include "engine/migration/pipe_chunks.hpp"

namespace dwcp::migration {
namespace {

constexpr std::uint8_t flag_end = 1, flag_urgent = 2, flag_compress = 4, flags_known = 7;

Failure bad(const std::string& what) { return {Errc::protocol_error, "a piece of a pipe " + what}; }

}  // namespace

Slice encode(const PipePiece& piece) {
  const auto flags = static_cast<std::uint8_t>((piece.end ? flag_end : 0) | (piece.traits.urgent ? flag_urgent : 0) |
                                               (piece.traits.compress ? flag_compress : 0));
  FieldWriter out;
  out.put(piece.pipe).put(flags).put(piece.traits.purpose).put(static_cast<std::uint8_t>(piece.codec));
  out.put(piece.offset).put(piece.size).put_bytes(piece.bytes);
  return Slice::adopt(out.take());
}

Result<PipePiece> decode_pipe_piece(ByteSpan payload) {
  FieldReader in(payload);
  PipePiece piece;
  piece.pipe = in.get<std::uint32_t>();
  const auto flags = in.get<std::uint8_t>();
  piece.traits.purpose = in.get<std::uint8_t>();
  const auto codec = in.get<std::uint8_t>();
  piece.offset = in.get<std::uint64_t>();
  piece.size = in.get<std::uint32_t>();
  piece.bytes = in.rest();
  if (!in.ok()) return bad("of " + std::to_string(payload.size()) + " bytes does not hold its header");
  if ((flags & ~flags_known) != 0) return bad("has unknown flags " + std::to_string(flags));
  if (codec > static_cast<std::uint8_t>(hde::WireCodec::zstd)) return bad("has unknown codec " + std::to_string(codec));
  piece.end = (flags & flag_end) != 0;
  piece.traits.urgent = (flags & flag_urgent) != 0;
  piece.traits.compress = (flags & flag_compress) != 0;
  piece.codec = static_cast<hde::WireCodec>(codec);
  if (piece.pipe == 0) return bad("names pipe 0; pipes are numbered from 1");
  if (piece.size > PipePiece::size_max.value)
    return bad("holds " + std::to_string(piece.size) + " bytes; the most is " + to_string(PipePiece::size_max));
  if (piece.size == 0 && !(piece.end && piece.bytes.empty())) return bad("is empty and not the last one");
  if (piece.codec == hde::WireCodec::stored && piece.size != piece.bytes.size())
    return bad("says " + std::to_string(piece.size) + " bytes and holds " + std::to_string(piece.bytes.size()));
  if (piece.offset > ~std::uint64_t{0} - piece.size) return bad("lies beyond all offsets");
  return piece;
}

Result<ByteVector> unpack(const PipePiece& piece) {
  ByteVector out(piece.size);
  if (piece.size > 0 && !hde::decompress(piece.codec, piece.bytes, out)) return bad("does not decompress");
  return out;
}

}  // namespace dwcp::migration
