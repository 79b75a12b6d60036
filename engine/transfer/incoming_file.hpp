// One file on its way in: what is there already, storing its blocks, and giving it its name. Private to the component.
#pragma once

#include <memory>
#include <unordered_map>

#include "engine/platform/buffer_pool.hpp"
#include "engine/platform/platform.hpp"
#include "engine/transfer/block_codec.hpp"
#include "engine/transfer/block_table.hpp"
#include "engine/transfer/wire.hpp"

namespace dwcp::transfer {

class IncomingFile {
 public:
  // Looks at what there is of `entry` and opens it: see answer(). A file that cannot be taken has Disposition::refuse.
  static Task<std::shared_ptr<IncomingFile>> prepare(platform::Platform& platform, FileEntry entry, bool force,
                                                     bool may_replace);
  explicit IncomingFile(platform::Platform& platform, FileEntry entry);
  // It will not be taken.
  void refuse(Errc code, std::string text);

  const Answer& answer() const { return answer_; }
  // Why it is refused; empty when it is not.
  Failure refusal() const;
  const FileEntry& entry() const { return entry_; }
  BlockTable& table() { return table_; }

  Bytes length_of(BlockIndex block) const;
  // Hashes one block as it is stored. `scratch` has block_size.
  Task<Hash128> hash_stored(BlockIndex block, MutableByteSpan scratch) const;
  // Writes the block. `scratch` has block_size.
  Task<void> store(BlockIndex block, const BlockContent& content, MutableByteSpan scratch);
  // What was claimed and is not true.
  void forget(BlockIndex block) { table_.clear(block); }

  // Makes it durable and gives it its name. Precondition: table().complete().
  Task<void> publish();
  // Nothing of it can be trusted: the next attempt begins anew.
  Task<void> discard();

  // Why the file is not what the sender has: what is stored does not give its manifest.
  Failure disagreement() const;

  // How often the block was asked for again, counting this time.
  unsigned asked_again(BlockIndex block) { return ++asked_again_[block.value]; }

  std::optional<FileEnd> end;  // when it has come
  std::uint64_t stored = 0;    // blocks that this session brought
  bool scanned = false;        // with resume and compare: every claim was checked
  bool finishing = false;
  Bytes reused{0};

 private:
  Task<bool> look_at_existing(bool force, bool may_replace);
  Task<void> open_partial();
  Task<void> write_zeroes(BlockIndex block, MutableByteSpan scratch);

  platform::Platform& platform_;
  FileEntry entry_;
  Answer answer_;
  BlockTable table_;
  std::shared_ptr<platform::File> file_;
  bool fresh_ = false;  // what was not written is zero
  std::unordered_map<std::uint64_t, unsigned> asked_again_;
};

}  // namespace dwcp::transfer
