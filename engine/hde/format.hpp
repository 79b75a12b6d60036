// The batch format's head: what the pages are, before what they contain. Written and parsed here only; documented byte
// by byte in docs/hde-format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/error.hpp"
#include "engine/hde/codec.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::hde {

constexpr std::uint8_t batch_format = 2;

// Beside the packed section's codec.
constexpr unsigned primed_flag = 4, becomes_primer_flag = 8;

// The values on the wire.
enum class RecordKind : std::uint8_t { zero = 0, unchanged = 1, delta = 2, packed = 3, raw = 4 };
constexpr bool has_base(RecordKind kind) { return kind == RecordKind::unchanged || kind == RecordKind::delta; }
constexpr bool has_checksum(RecordKind kind) { return kind != RecordKind::zero; }

struct Record {
  PageKey key;
  std::uint32_t version = 0;
  std::uint32_t base_version = 0;  // where has_base()
  std::uint32_t checksum = 0;      // low half of the low word of hash128 of the content
  RecordKind kind = RecordKind::zero;
};

struct BatchHead {
  BatchId batch;
  WireCodec packed_codec = WireCodec::stored;
  WireCodec delta_codec = WireCodec::stored;
  std::size_t delta_size = 0;     // of the delta section when decompressed
  std::size_t delta_stored = 0;   // as it stands in the payload
  std::size_t packed_stored = 0;  // of the packed section as it stands in the payload
  std::optional<BatchId> primer;  // what the packed section was compressed against
  bool becomes_primer = false;    // the packed pages are to be held
};

// Pages of each kind.
struct KindCounts {
  std::size_t zero = 0, unchanged = 0, delta = 0, packed = 0, raw = 0;
};
KindCounts count_kinds(const std::vector<Record>& records);

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
