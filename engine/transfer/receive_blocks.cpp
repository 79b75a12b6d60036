// The bulk of the receiving side: chunks become stored, verified and claimed blocks.
#include <algorithm>
#include <set>

#include "engine/transfer/names.hpp"
#include "engine/transfer/receive_session.hpp"

namespace dwcp::transfer {

Task<void> ReceiveSession::receive_blocks() {
  const platform::Buffer scratch = co_await scratch_.acquire();
  for (;;) {
    std::optional<amst::Delivery> delivery;
    try {
      delivery = co_await session_->receive();
    } catch (const Error& error) {
      if (error.code() != make_error_code(Errc::session_closed)) throw;
    }
    if (!delivery) co_return;
    co_await take_block(std::move(*delivery), scratch.bytes());
  }
}

Task<void> ReceiveSession::take_block(amst::Delivery delivery, MutableByteSpan scratch) {
  const BlockHeader header = decode_block_header(delivery.payload.bytes()).value();
  const auto it = live_.find(header.index.value);
  if (it == live_.end() || header.block.value >= it->second->table().blocks() ||
      it->second->answer().what == Disposition::compare)
    throw Error(Errc::protocol_error, "the sender sent block " + std::to_string(header.block.value) + " of file " +
                                          std::to_string(header.index.value) + ", which was not asked for");
  const auto file = it->second;
  Result<BlockContent> content = Failure{};
  Slice batch = delivery.payload.sub(BlockHeader::size, delivery.payload.size() - BlockHeader::size);
  co_await platform_.compute().run("unpack", [&]() -> platform::WorkList {
    content = decode_block(header, file->entry().size, std::move(batch));
    return content ? content->work : platform::WorkList{};
  });
  if (!content) {
    if (content.error().code != make_error_code(Errc::checksum_mismatch)) throw Error(content.error());
    co_await ask_again(file, header.block, delivery.sequence);
    co_return;
  }
  // Its hash is that of the content, which was checked. Reading it back would only ask the page cache; what is found
  // after a crash is hashed before it is believed.
  co_await file->store(header.block, *content, scratch);
  count(*file, header.block);
  file->table().set(header.block, header.hash);
  ++file->stored;
  stored_.push_back({file, delivery.sequence});
  changed_.notify_all();
}

// A block that was held and came nevertheless has other content at the sender now.
void ReceiveSession::count(IncomingFile& file, BlockIndex block) {
  const Bytes length = file.length_of(block);
  report_.carried += length;
  if (!file.table().held(block)) {
    progress_.done += length;
    return;
  }
  file.reused -= std::min(file.reused, length);
  report_.reused -= std::min(report_.reused, length);
  progress_.reused -= std::min(progress_.reused, length);
}

Task<void> ReceiveSession::ask_again(std::shared_ptr<IncomingFile> file, BlockIndex block, amst::Sequence sequence) {
  if (file->asked_again(block) > resends_max)
    throw Error(Errc::checksum_mismatch,
                "block " + std::to_string(block.value) + " of " + in_quotes(file->entry().name) + " was damaged " +
                    std::to_string(resends_max + 1) + " times; the network, the storage or a memory is broken");
  report_.resent += block_size;
  const Message message = Resend{file->entry().index, block};
  co_await say(message);
  session_->release(sequence);
}

// Releases a block to the sender only when it is claimed, so that what the sender counts as arrived is found again
// after either side was killed. Many blocks share one write of the table.
Task<void> ReceiveSession::claim_stored() {
  for (;;) {
    while (stored_.empty()) co_await changed_.wait();
    co_await flush_claims();
  }
}

Task<void> ReceiveSession::flush_claims() {
  const std::vector<Stored> batch = std::exchange(stored_, {});
  std::set<std::shared_ptr<IncomingFile>> files;
  for (const Stored& stored : batch) files.insert(stored.file);
  for (const auto& file : files) co_await file->table().flush();
  for (const Stored& stored : batch) session_->release(stored.sequence);
  for (const auto& file : files) finish_if_ready(file);
}

}  // namespace dwcp::transfer
