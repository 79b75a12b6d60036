#include "engine/transfer/block_table.hpp"

#include <algorithm>

#include "engine/transfer/block_hash.hpp"

namespace dwcp::transfer {
namespace {

// Head: magic (8), file size (8), block size (4), CRC-32C of these (4), zero (8). Then 16 bytes for each block: its
// hash, or zeroes when it is not held.
constexpr std::string_view magic = "DWCPBLK1";
constexpr std::size_t head_size = 32;
constexpr std::size_t entry_size = sizeof(Hash128);
constexpr std::size_t load_step = 1 << 20;  // bytes of the table read at once

ByteVector head_of(Bytes file_size) {
  FieldWriter out;
  out.put_bytes(as_bytes(magic)).put(file_size.value).put(static_cast<std::uint32_t>(block_size.value));
  ByteVector head = out.take();
  const std::uint32_t check = crc32c(head);
  head.resize(head_size);
  store_le(head.data() + magic.size() + 12, check);
  return head;
}

}  // namespace

BlockTable::BlockTable(Bytes file_size)
    : file_size_(file_size),
      hashes_(blocks_of(file_size)),
      held_(blocks_of(file_size)),
      changed_from_(blocks_of(file_size)) {}

Task<std::optional<BlockTable>> BlockTable::load(platform::Storage& storage, std::string name, Bytes file_size) {
  if (!co_await storage.exists(name)) co_return std::nullopt;
  auto file = co_await storage.open(name, platform::OpenMode::write);
  ByteVector head(head_size);
  const ByteVector expected = head_of(file_size);
  if (co_await file->read_at(0, head) != head_size || head != expected) co_return std::nullopt;

  BlockTable table(file_size);
  ByteVector bytes(std::min(load_step, table.blocks() * entry_size));
  for (std::uint64_t first = 0; first < table.blocks();) {
    const std::size_t got = co_await file->read_at(head_size + first * entry_size, bytes);
    if (got < entry_size) break;  // the rest was never written
    for (std::size_t i = 0; i < got / entry_size && first < table.blocks(); ++i, ++first) {
      const std::byte* entry = bytes.data() + i * entry_size;
      const Hash128 hash{load_le<std::uint64_t>(entry), load_le<std::uint64_t>(entry + 8)};
      if (hash != Hash128{}) table.set(BlockIndex(first), hash);
    }
  }
  table.changed_from_ = table.blocks();
  table.changed_to_ = 0;
  table.file_ = std::move(file);
  co_return table;
}

Task<BlockTable> BlockTable::create(platform::Storage& storage, std::string name, Bytes file_size) {
  BlockTable table(file_size);
  table.file_ = co_await storage.open(name, platform::OpenMode::create);
  co_await table.file_->resize(Bytes(0));
  const ByteVector head = head_of(file_size);
  co_await table.file_->write_at(0, head);
  co_return table;
}

void BlockTable::set(BlockIndex block, const Hash128& hash) {
  if (!held_[block.value]) ++held_count_;
  held_[block.value] = true;
  hashes_[block.value] = hash;
  changed_from_ = std::min(changed_from_, block.value);
  changed_to_ = std::max(changed_to_, block.value + 1);
}

void BlockTable::clear(BlockIndex block) {
  if (held_[block.value]) --held_count_;
  held_[block.value] = false;
  hashes_[block.value] = {};
  changed_from_ = std::min(changed_from_, block.value);
  changed_to_ = std::max(changed_to_, block.value + 1);
}

Bytes BlockTable::held_bytes() const {
  Bytes bytes = block_size * held_count_;
  const std::uint64_t tail = file_size_.value % block_size.value;
  if (tail != 0 && held_.back()) bytes -= block_size - Bytes(tail);
  return bytes;
}

Hash128 BlockTable::manifest() const { return manifest_of(file_size_, hashes_); }

Task<void> BlockTable::flush() {
  if (!file_ || changed_from_ >= changed_to_) co_return;
  const std::uint64_t first = changed_from_, count = changed_to_ - changed_from_;
  changed_from_ = blocks();
  changed_to_ = 0;
  const auto entries = std::as_bytes(std::span(hashes_).subspan(first, count));
  const ByteVector copy(entries.begin(), entries.end());  // later changes go into the next flush
  auto file = file_;
  co_await file->write_at(head_size + first * entry_size, copy);
}

}  // namespace dwcp::transfer
