#include <string>

#include "engine/base/checksum.hpp"
#include "engine/hde/delta.hpp"
#include "engine/hde/format.hpp"
#include "engine/hde/kernels.hpp"
#include "engine/hde/match_list.hpp"
#include "engine/hde/varint.hpp"

namespace dwcp::hde {
namespace {

// Reads varints up to the end of what it was given; the first failure sticks.
class Column {
 public:
  explicit Column(ByteSpan bytes) : rest_(bytes) {}
  std::uint64_t next() {
    std::uint64_t value = 0;
    if (ok_) ok_ = take_varint(rest_, value);
    return ok_ ? value : 0;
  }
  std::uint8_t tag() {
    if (!ok_ || rest_.empty()) {
      ok_ = false;
      return 0;
    }
    const auto value = std::to_integer<std::uint8_t>(rest_.front());
    rest_ = rest_.subspan(1);
    return value;
  }
  std::uint32_t u32() {
    if (!ok_ || rest_.size() < sizeof(std::uint32_t)) {
      ok_ = false;
      return 0;
    }
    const auto value = load_le<std::uint32_t>(rest_.data());
    rest_ = rest_.subspan(sizeof value);
    return value;
  }
  bool ok() const { return ok_; }
  ByteSpan rest() const { return rest_; }

 private:
  ByteSpan rest_;
  bool ok_ = true;
};

Result<void> read_addresses(Column& column, std::vector<Record>& records) {
  std::uint64_t block = 0, expected = 0;
  for (std::size_t done = 0; done < records.size();) {
    const std::uint8_t tag = column.tag();
    const unsigned kind = tag & 7u;
    if (kind > static_cast<unsigned>(RecordKind::windowed))
      return bad_batch("record kind " + std::to_string(kind) + ", known: 0..5");
    std::uint64_t count = 1u + (tag >> 4);
    if (count == 16) count += column.next();
    if ((tag & 8) != 0) {
      block = column.next();
      expected = 0;
    }
    // Unsigned, so that a step beyond either end wraps to a value that the next check refuses.
    const std::uint64_t first = expected + static_cast<std::uint64_t>(unzigzag(column.next()));
    if (!column.ok()) return bad_batch("the directory is cut off after page " + std::to_string(done));
    if (count < 1 || count > records.size() - done)
      return bad_batch("a run of " + std::to_string(count) + " pages where " + std::to_string(records.size() - done) +
                       " are left");
    if (block > 0xffff'ffff) return bad_batch("block " + std::to_string(block) + ", at most 2^32 - 1");
    if (first > max_page_index.value || count - 1 > max_page_index.value - first)
      return bad_batch("page index " + std::to_string(first) + ", at most " + std::to_string(max_page_index.value));
    for (std::uint64_t i = 0; i < count; ++i) {
      Record& record = records[done + i];
      record.kind = static_cast<RecordKind>(kind);
      record.key = {static_cast<std::uint32_t>(block), PageIndex(first + i)};
    }
    expected = first + count;
    done += count;
  }
  return {};
}

// One run of put_run(). False when it is cut off or longer than `left`.
bool read_run(Column& column, std::size_t left, std::uint64_t& value, std::size_t& count) {
  const std::uint64_t head = column.next();
  value = head >> 1;
  const std::uint64_t more = (head & 1) != 0 ? column.next() : 0;
  if (!column.ok() || more > left) return false;
  count = (head & 1) != 0 ? more + 2 : 1;
  return count <= left;
}

Result<void> read_versions(Column& column, std::vector<Record>& records) {
  std::uint64_t previous = 0;
  for (std::size_t done = 0; done < records.size();) {
    std::uint64_t step = 0;
    std::size_t count = 0;
    if (!read_run(column, records.size() - done, step, count)) return bad_batch("a run of versions that does not fit");
    const std::uint64_t version = previous + static_cast<std::uint64_t>(unzigzag(step));
    if (version < 1 || version > max_version.value)
      return bad_batch("version " + std::to_string(version) + ", possible: 1.." + std::to_string(max_version.value));
    for (std::size_t i = 0; i < count; ++i) records[done + i].version = static_cast<std::uint32_t>(version);
    previous = version;
    done += count;
  }
  return {};
}

Result<void> read_bases(Column& column, std::vector<Record>& records, std::size_t with_base) {
  std::uint64_t distance = 0;
  std::size_t in_run = 0;
  for (Record& record : records) {
    if (!has_base(record.kind)) continue;
    if (in_run == 0 && !read_run(column, with_base, distance, in_run))
      return bad_batch("a run of bases that does not fit");
    if (distance < 1 || distance >= record.version)
      return bad_batch("a base " + std::to_string(distance) + " before version " + std::to_string(record.version));
    record.base_version = static_cast<std::uint32_t>(record.version - distance);
    --in_run;
    --with_base;
  }
  return {};
}

Result<void> read_directory(ByteSpan directory, ParsedHead& parsed) {
  Column column(directory);
  if (auto read = read_addresses(column, parsed.records); !read) return read;
  parsed.counts = count_kinds(parsed.records);
  if (auto read = read_versions(column, parsed.records); !read) return read;
  if (auto read = read_bases(column, parsed.records, parsed.counts.delta + parsed.counts.unchanged); !read) return read;
  if (!column.rest().empty())
    return bad_batch(std::to_string(column.rest().size()) + " bytes too many in the directory");
  return {};
}

Result<void> check_packed(const BatchHead& head, const KindCounts& counts) {
  const bool stored = head.packed_codec == WireCodec::stored;
  std::size_t size = counts.packed * page_bytes;
  if (head.window) {
    const WindowHead& window = *head.window;
    if (window.literals > counts.windowed * page_bytes)
      return bad_batch(std::to_string(window.literals) + " literals of " + std::to_string(counts.windowed) + " pages");
    if (window.matches_codec > WireCodec::zstd || window.matches_size > counts.windowed * match_list_size_max)
      return bad_batch(std::to_string(window.matches_size) + " bytes of matches for " +
                       std::to_string(counts.windowed) + " pages");
    size += window.literals;
  } else if ((counts.packed > 0) == stored) {
    return bad_batch("packed pages and their codec do not go together");
  }
  if (stored ? head.packed_stored != size : size == 0)
    return bad_batch("packed pages, their codec and their length do not go together");
  return {};
}

Result<void> check_sections(const ParsedHead& parsed) {
  const BatchHead& head = parsed.head;
  const KindCounts& counts = parsed.counts;
  const auto known = [](WireCodec codec) { return codec <= WireCodec::zstd; };
  if (!known(head.packed_codec) || !known(head.delta_codec)) return bad_batch("an unknown codec, known: 0..2");
  if ((counts.windowed > 0) != head.window.has_value())
    return bad_batch("windowed pages and the head do not go together");
  if (auto checked = check_packed(head, counts); !checked) return checked;
  if (counts.delta == 0 && (head.delta_codec != WireCodec::stored || head.delta_stored > 0 || head.delta_size > 0))
    return bad_batch("lengths or a codec of deltas without deltas");
  if (head.delta_size > counts.delta * delta_size_max)
    return bad_batch(std::to_string(head.delta_size) + " bytes of deltas for " + std::to_string(counts.delta) +
                     " pages");
  const std::size_t matches_stored = head.window ? head.window->matches_stored : 0;
  const std::size_t whole = head.delta_stored + matches_stored + head.packed_stored + counts.raw * page_bytes;
  if (parsed.sections.size() != whole)
    return bad_batch(std::to_string(parsed.sections.size()) + " bytes after the checksums, the head says " +
                     std::to_string(whole));
  return {};
}

// The fields before the directory. `directory` becomes the directory, and everything behind it `rest`.
Result<void> read_fields(ByteSpan payload, ParsedHead& parsed, ByteSpan& directory, ByteSpan& rest) {
  if (payload.size() < 2) return bad_batch("only " + std::to_string(payload.size()) + " bytes");
  const auto format = std::to_integer<unsigned>(payload[0]);
  if (format != batch_format)
    return Failure(Errc::version_mismatch,
                   "page batch format " + std::to_string(format) + ", read here: " + std::to_string(batch_format));
  BatchHead& head = parsed.head;
  const auto codecs = std::to_integer<unsigned>(payload[1]);
  head.packed_codec = static_cast<WireCodec>(codecs & 3);
  head.delta_codec = static_cast<WireCodec>(codecs >> delta_codec_shift & 3);
  const bool windowed = (codecs & windowed_flag) != 0;
  if (!windowed && (codecs & (held_flag | 3u << matches_codec_shift)) != 0)
    return bad_batch("codecs " + std::to_string(codecs) + ": of a window that the batch does not have");

  Column fields(payload.subspan(2));
  head.batch = BatchId(fields.next());
  if (head.batch > max_batch_id) return bad_batch("number " + std::to_string(head.batch.value) + ", at most 2^62");
  const std::uint64_t pages = fields.next();
  head.delta_size = fields.next();
  head.delta_stored = fields.next();
  head.packed_stored = fields.next();
  const std::uint64_t directory_size = fields.next();
  if (windowed) {
    WindowHead& window = head.window.emplace();
    window.matches_codec = static_cast<WireCodec>(codecs >> matches_codec_shift);
    window.held = (codecs & held_flag) != 0;
    window.matches_size = fields.next();
    window.matches_stored = fields.next();
    window.literals = fields.next();
    const std::uint64_t distance = fields.next();
    if (distance > head.batch.value)
      return bad_batch("a window that begins " + std::to_string(distance) + " before batch " +
                       std::to_string(head.batch.value));
    window.floor = head.batch - BatchId(distance);
    window.checksum = fields.u32();
    window.pages = fields.u32();
  }
  if (!fields.ok() || directory_size > fields.rest().size()) return bad_batch("the directory is cut off");
  if (pages < 1 || pages > max_batch_pages)
    return bad_batch(std::to_string(pages) + " pages, possible: 1.." + std::to_string(max_batch_pages));
  // So that their sum cannot overflow.
  if (head.delta_stored > payload.size() || head.packed_stored > payload.size() ||
      (head.window && head.window->matches_stored > payload.size()))
    return bad_batch("sections longer than the batch of " + std::to_string(payload.size()) + " bytes");
  parsed.records.resize(pages);
  directory = fields.rest().first(directory_size);
  rest = fields.rest().subspan(directory_size);
  return {};
}

}  // namespace

Failure bad_batch(const std::string& what) { return {Errc::bad_encoding, "page batch: " + what}; }

Result<std::size_t> sealed_size(ByteSpan payload) {
  ParsedHead parsed;
  ByteSpan directory, rest;
  if (auto read = read_fields(payload, parsed, directory, rest); !read) return read.error();
  return payload.size() - rest.size();
}

Result<ParsedHead> parse_head(ByteSpan payload) {
  ParsedHead parsed;
  ByteSpan directory, rest;
  if (auto read = read_fields(payload, parsed, directory, rest); !read) return read.error();
  FieldReader checksums(rest);
  const auto seal = checksums.get<std::uint32_t>();
  if (static_cast<std::uint32_t>(hash64(payload.first(payload.size() - rest.size()))) != seal)
    return bad_batch("the checksum of the head does not agree");
  if (auto read = read_directory(directory, parsed); !read) return read.error();
  for (Record& record : parsed.records)
    if (has_checksum(record.kind)) record.checksum = checksums.get<std::uint32_t>();
  if (!checksums.ok()) return bad_batch("the checksums of the pages are cut off");
  parsed.sections = checksums.rest();
  if (auto checked = check_sections(parsed); !checked) return checked.error();
  return parsed;
}

}  // namespace dwcp::hde
