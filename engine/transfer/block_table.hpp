// Which blocks of an unfinished file have arrived, and what they hold. Kept in a small file beside the partial one, so
// that a transfer goes on where it stopped. The file is a claim, not a truth: it is written without syncing, and
// whoever loads it hashes the blocks again before believing it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/platform/storage.hpp"
#include "engine/transfer/wire.hpp"

namespace dwcp::transfer {

class BlockTable {
 public:
  // A file of at most one block needs no claims: nothing is kept on storage for it.
  static bool worth_keeping(Bytes file_size) { return blocks_of(file_size) > 1; }
  // An empty table in memory only.
  explicit BlockTable(Bytes file_size);
  // Empty when there is none of that name, or it is of another size, or its head is damaged.
  static Task<std::optional<BlockTable>> load(platform::Storage& storage, std::string name, Bytes file_size);
  // Replaces what is there.
  static Task<BlockTable> create(platform::Storage& storage, std::string name, Bytes file_size);

  std::uint64_t blocks() const { return held_.size(); }
  bool held(BlockIndex block) const { return held_[block.value]; }
  const Hash128& hash(BlockIndex block) const { return hashes_[block.value]; }
  void set(BlockIndex block, const Hash128& hash);
  void clear(BlockIndex block);
  bool complete() const { return held_count_ == held_.size(); }
  // Bytes of the file that are held.
  Bytes held_bytes() const;
  // Precondition: complete().
  Hash128 manifest() const;
  // Writes what changed since the last flush. One at a time.
  Task<void> flush();

 private:
  Bytes file_size_;
  std::vector<Hash128> hashes_;
  std::vector<bool> held_;
  std::uint64_t held_count_ = 0;
  std::uint64_t changed_from_, changed_to_ = 0;  // entries, half open
  std::shared_ptr<platform::File> file_;
};

}  // namespace dwcp::transfer
