// The batch format's head: what the pages are, before what they contain. Written and parsed here only; documented byte
// by byte in docs/hde-format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"
#include "engine/hde/codec.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::hde {

constexpr std::uint8_t batch_format = 4;

// In the byte of the codecs, beside that of the packed section.
constexpr unsigned windowed_flag = 4, held_flag = 8;
constexpr unsigned delta_codec_shift = 4, matches_codec_shift = 6;

// The values on the wire.
enum class RecordKind : std::uint8_t { zero = 0, unchanged = 1, delta = 2, packed = 3, raw = 4, windowed = 5 };
constexpr bool has_base(RecordKind kind) { return kind == RecordKind::unchanged || kind == RecordKind::delta; }
// Windowed pages have one together, in WindowHead.
constexpr bool has_checksum(RecordKind kind) { return kind != RecordKind::zero && kind != RecordKind::windowed; }

struct Record {
  PageKey key;
  std::uint32_t version = 0;
  std::uint32_t base_version = 0;  // where has_base()
  std::uint32_t checksum = 0;      // low half of the low word of hash128 of the content; travels where has_checksum()
  RecordKind kind = RecordKind::zero;
};

// One checksum of many, in their order: CRC-32C of their little-endian bytes. `joined` is that of those before, at
// first 0.
std::uint32_t join_checksum(std::uint32_t joined, std::uint32_t next);

// Of the windowed pages: what they are made of, and what later batches are.
struct WindowHead {
  WireCodec matches_codec = WireCodec::stored;
  std::size_t matches_size = 0;    // of the list of matches when decompressed
  std::size_t matches_stored = 0;  // as it stands in the payload
  std::size_t literals = 0;        // bytes of the packed section that stand before the packed pages
  std::uint32_t checksum = 0;      // of the literals: low half of their hash64
  std::uint32_t pages = 0;         // of the windowed pages: their checksums, joined in the order of the records
  bool held = false;               // later batches copy from the literals
  BatchId floor;                   // no batch that is on its way copies from those below
};

struct BatchHead {
  BatchId batch;
  WireCodec packed_codec = WireCodec::stored;
  WireCodec delta_codec = WireCodec::stored;
  std::size_t delta_size = 0;     // of the delta section when decompressed
  std::size_t delta_stored = 0;   // as it stands in the payload
  std::size_t packed_stored = 0;  // of the packed section as it stands in the payload

  std::optional<WindowHead> window;  // where there are windowed pages
};

// Pages of each kind.
struct KindCounts {
  std::size_t zero = 0, unchanged = 0, delta = 0, packed = 0, raw = 0, windowed = 0;
};
KindCounts count_kinds(const std::vector<Record>& records);

// bad_encoding, with what is wrong with a batch.
Failure bad_batch(const std::string& what);

// Everything before the sections, with room reserved for `sections` bytes more. Precondition: 1..max_batch_pages
// records.
ByteVector write_head(const BatchHead& head, const std::vector<Record>& records, std::size_t sections);

// The head's bytes before its checksum, which covers exactly these. Errors as parse_head().
Result<std::size_t> sealed_size(ByteSpan payload);

struct ParsedHead {
  BatchHead head;
  std::vector<Record> records;
  KindCounts counts;
  ByteSpan sections;  // the rest of the payload; its length is what the head says
};
// Errors: version_mismatch, bad_encoding.
Result<ParsedHead> parse_head(ByteSpan payload);

}  // namespace dwcp::hde
