#include "engine/transfer/incoming_file.hpp"

#include <algorithm>

#include "engine/transfer/block_hash.hpp"
#include "engine/transfer/names.hpp"

namespace dwcp::transfer {

using platform::OpenMode;

IncomingFile::IncomingFile(platform::Platform& platform, FileEntry entry)
    : platform_(platform), entry_(std::move(entry)), table_(entry_.size) {
  answer_.index = entry_.index;
}

void IncomingFile::refuse(Errc code, std::string text) {
  answer_.what = Disposition::refuse;
  answer_.code = static_cast<std::int32_t>(code);
  answer_.text = std::move(text);
}

Failure IncomingFile::refusal() const {
  if (answer_.what != Disposition::refuse) return {};
  return {static_cast<Errc>(answer_.code), answer_.text};
}

Failure IncomingFile::disagreement() const {
  if (answer_.what == Disposition::compare)
    return {Errc::already_exists,
            in_quotes(entry_.name) + " exists at the receiver with other content; send it with --force to replace it"};
  return {Errc::checksum_mismatch, in_quotes(entry_.name) + " does not have the content that was sent"};
}

Task<std::shared_ptr<IncomingFile>> IncomingFile::prepare(platform::Platform& platform, FileEntry entry, bool force,
                                                          bool may_replace) {
  auto file = std::make_shared<IncomingFile>(platform, std::move(entry));
  if (auto name = check_name(file->entry_.name); !name) {
    file->refuse(Errc::refused, name.error().detail);
    co_return file;
  }
  try {
    if (!co_await file->look_at_existing(force, may_replace)) co_await file->open_partial();
  } catch (const Error& error) {
    if (error.code() == make_error_code(Errc::storage_full)) throw;
    file->refuse(Errc::storage_failed, error.detail());
  }
  co_return file;
}

// True when that settles it.
Task<bool> IncomingFile::look_at_existing(bool force, bool may_replace) {
  auto& storage = platform_.storage();
  if (!co_await storage.exists(entry_.name)) co_return false;
  if (force && may_replace) co_return false;
  file_ = co_await storage.open(entry_.name, OpenMode::read);
  const Bytes size = co_await file_->size();
  if (force) {
    refuse(Errc::already_exists,
           in_quotes(entry_.name) + " exists at the receiver, which does not let senders replace files");
  } else if (size != entry_.size) {
    refuse(Errc::already_exists, in_quotes(entry_.name) + " exists at the receiver with " + to_string(size) + ", not " +
                                     to_string(entry_.size) + "; send it with --force to replace it");
  } else {
    answer_.what = Disposition::compare;
  }
  co_return true;
}

Task<void> IncomingFile::open_partial() {
  auto& storage = platform_.storage();
  const std::string partial = partial_name(entry_.name), claims = table_name(entry_.name);
  if (BlockTable::worth_keeping(entry_.size) && co_await storage.exists(partial)) {
    if (auto table = co_await BlockTable::load(storage, claims, entry_.size)) {
      table_ = std::move(*table);
      file_ = co_await storage.open(partial, OpenMode::write);
      answer_.what = Disposition::resume;
      if (co_await file_->size() != entry_.size) co_await file_->resize(entry_.size);
      co_return;
    }
  }
  // The claims first: they must never speak of a partial file that was begun after them.
  co_await storage.remove(claims);
  file_ = co_await storage.open(partial, OpenMode::create);
  co_await file_->resize(Bytes(0));
  co_await file_->resize(entry_.size);
  if (BlockTable::worth_keeping(entry_.size)) table_ = co_await BlockTable::create(storage, claims, entry_.size);
  fresh_ = true;
  answer_.what = Disposition::take;
}

Bytes IncomingFile::length_of(BlockIndex block) const {
  return Bytes(std::min(block_size.value, entry_.size.value - block.value * block_size.value));
}

Task<Hash128> IncomingFile::hash_stored(BlockIndex block, MutableByteSpan scratch) const {
  const auto file = file_;
  const MutableByteSpan into = scratch.first(length_of(block).value);
  const std::size_t got = co_await file->read_at(block.value * block_size.value, into);
  Hash128 hash;
  co_await platform_.compute().run("hash", [&]() -> platform::WorkList {
    hash = block_hash(block, into.first(got));
    return {{platform::WorkKind::hash, 0, Bytes(got)}};
  });
  co_return hash;
}

Task<void> IncomingFile::store(BlockIndex block, const BlockContent& content, MutableByteSpan scratch) {
  const auto file = file_;
  if (content.has_zeroes && !fresh_) co_await write_zeroes(block, scratch);
  for (const auto& piece : content.pieces) co_await file->write_at(piece.offset, piece.bytes);
}

// What lies where zeroes belong may be left from an earlier attempt. Holes are kept: only what is not zero is written.
Task<void> IncomingFile::write_zeroes(BlockIndex block, MutableByteSpan scratch) {
  const auto file = file_;
  const std::uint64_t begin = block.value * block_size.value;
  const MutableByteSpan into = scratch.first(length_of(block).value);
  co_await file->read_at(begin, into);
  bool dirty = false;
  co_await platform_.compute().run("zero check", [&]() -> platform::WorkList {
    dirty = std::ranges::any_of(into, [](std::byte b) { return b != std::byte{0}; });
    std::ranges::fill(into, std::byte{0});
    return {{platform::WorkKind::zero_check, 0, Bytes(into.size())}};
  });
  if (dirty) co_await file->write_at(begin, into);
}

Task<void> IncomingFile::publish() {
  auto& storage = platform_.storage();
  const auto file = file_;
  co_await file->sync();
  co_await storage.rename(partial_name(entry_.name), entry_.name);
  co_await storage.remove(table_name(entry_.name));
}

Task<void> IncomingFile::discard() {
  auto& storage = platform_.storage();
  co_await storage.remove(table_name(entry_.name));
  co_await storage.remove(partial_name(entry_.name));
}

}  // namespace dwcp::transfer
