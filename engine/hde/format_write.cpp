#include <algorithm>
#include <array>

#include "engine/base/checksum.hpp"
#include "engine/hde/format.hpp"
#include "engine/hde/varint.hpp"

namespace dwcp::hde {
namespace {

void put_u32(ByteVector& to, std::uint32_t value) {
  const std::size_t at = to.size();
  to.resize(at + sizeof value);
  store_le(to.data() + at, value);
}

// Column 1: runs of pages of one kind at consecutive indices.
void put_addresses(ByteVector& to, const std::vector<Record>& records) {
  std::uint32_t block = 0;
  std::uint64_t expected = 0;
  for (std::size_t i = 0; i < records.size();) {
    const Record& first = records[i];
    std::size_t count = 1;
    while (i + count < records.size() && records[i + count].kind == first.kind &&
           records[i + count].key.block == first.key.block &&
           records[i + count].key.index.value == first.key.index.value + count)
      ++count;
    const bool new_block = first.key.block != block;
    const std::size_t short_count = std::min<std::size_t>(count - 1, 15);
    to.push_back(static_cast<std::byte>(static_cast<unsigned>(first.kind) | (new_block ? 8u : 0u) | short_count << 4));
    if (short_count == 15) put_varint(to, count - 16);
    if (new_block) {
      block = first.key.block;
      expected = 0;
      put_varint(to, block);
    }
    put_varint(to, zigzag(static_cast<std::int64_t>(first.key.index.value - expected)));
    expected = first.key.index.value + count;
    i += count;
  }
}

// A run of equal values in a column: its head carries a flag in the lowest bit, which says that a length follows.
void put_run(ByteVector& to, std::uint64_t value, std::size_t count) {
  put_varint(to, value << 1 | (count > 1 ? 1u : 0u));
  if (count > 1) put_varint(to, count - 2);
}

// Column 2: runs of pages with one version.
void put_versions(ByteVector& to, const std::vector<Record>& records) {
  std::int64_t previous = 0;
  for (std::size_t i = 0; i < records.size();) {
    const std::uint32_t version = records[i].version;
    std::size_t count = 1;
    while (i + count < records.size() && records[i + count].version == version) ++count;
    put_run(to, zigzag(static_cast<std::int64_t>(version) - previous), count);
    previous = version;
    i += count;
  }
}

// Column 3: how far back the bases are, for the pages that have one.
void put_bases(ByteVector& to, const std::vector<Record>& records) {
  std::uint32_t distance = 0;
  std::size_t count = 0;
  for (const Record& record : records) {
    if (!has_base(record.kind)) continue;
    const std::uint32_t own = record.version - record.base_version;
    if (count > 0 && own != distance) {
      put_run(to, distance, count);
      count = 0;
    }
    distance = own;
    ++count;
  }
  if (count > 0) put_run(to, distance, count);
}

}  // namespace

KindCounts count_kinds(const std::vector<Record>& records) {
  KindCounts counts;
  for (const Record& record : records) {
    switch (record.kind) {
      case RecordKind::zero:
        ++counts.zero;
        break;
      case RecordKind::unchanged:
        ++counts.unchanged;
        break;
      case RecordKind::delta:
        ++counts.delta;
        break;
      case RecordKind::packed:
        ++counts.packed;
        break;
      case RecordKind::raw:
        ++counts.raw;
        break;
      case RecordKind::windowed:
        ++counts.windowed;
        break;
    }
  }
  return counts;
}

std::uint32_t join_checksum(std::uint32_t joined, std::uint32_t next) {
  std::array<std::byte, sizeof(next)> bytes;
  store_le(bytes.data(), next);
  return crc32c(bytes, joined);
}

ByteVector write_head(const BatchHead& head, const std::vector<Record>& records, std::size_t sections) {
  ByteVector directory;
  put_addresses(directory, records);
  put_versions(directory, records);
  put_bases(directory, records);

  ByteVector to;
  to.reserve(2 + 10 * varint_bytes_max + directory.size() + sizeof(std::uint32_t) * (records.size() + 1) + sections);
  to.push_back(static_cast<std::byte>(batch_format));
  unsigned codecs = static_cast<unsigned>(head.packed_codec) | static_cast<unsigned>(head.delta_codec)
                                                                   << delta_codec_shift;
  if (head.window) {
    codecs |= windowed_flag | (head.window->held ? held_flag : 0u);
    codecs |= static_cast<unsigned>(head.window->matches_codec) << matches_codec_shift;
  }
  to.push_back(static_cast<std::byte>(codecs));
  put_varint(to, head.batch.value);
  put_varint(to, records.size());
  put_varint(to, head.delta_size);
  put_varint(to, head.delta_stored);
  put_varint(to, head.packed_stored);
  put_varint(to, directory.size());
  if (head.window) {
    put_varint(to, head.window->matches_size);
    put_varint(to, head.window->matches_stored);
    put_varint(to, head.window->literals);
    put_varint(to, head.batch.value - head.window->floor.value);
    put_u32(to, head.window->checksum);
    put_u32(to, head.window->pages);
  }
  to.insert(to.end(), directory.begin(), directory.end());
  put_u32(to, static_cast<std::uint32_t>(hash64(to)));
  for (const Record& record : records)
    if (has_checksum(record.kind)) put_u32(to, record.checksum);
  return to;
}

}  // namespace dwcp::hde
