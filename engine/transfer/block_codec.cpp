#include "engine/transfer/block_codec.hpp"

#include <algorithm>
#include <array>

#include "engine/transfer/block_hash.hpp"

namespace dwcp::transfer {
namespace {

// Each block is a batch of its own and every page is sent once: nothing is remembered, nothing can be asked for again
// but the whole block.
struct Planned {
  hde::Plan plan;
  Hash128 hash;
};
Planned plan_block(BlockIndex block, Slice content) {
  hde::Encoder encoder({.delta_cache_budget = Bytes(0), .retention_budget = Bytes(0), .history = hde::History::once});
  std::array<hde::PageIn, pages_per_block> pages;
  const std::size_t count = content.size() / page_size.value;
  hde::PageKey key = first_page(block);
  for (std::size_t i = 0; i < count; ++i, ++key.index)
    pages[i] = {key, Version(1), content.bytes().subspan(i * page_size.value, page_size.value)};
  hde::Plan plan = encoder.plan(std::move(content), std::span(pages).first(count));
  return {std::move(plan), block_hash(encoder.digest())};
}

// Collects pages, and joins those that are neighbours both in the file and in memory.
class PieceCollector final : public hde::PageSink {
 public:
  PieceCollector(Bytes file_size, PageIndex first) : file_size_(file_size), first_(first) {}

  void page(const hde::PageKey& key, Version, ByteSpan content) override {
    if (!belongs(key)) return;
    const std::uint64_t offset = key.index.value * page_size.value;
    const ByteSpan bytes = content.first(std::min<std::uint64_t>(content.size(), file_size_.value - offset));
    if (!content_.pieces.empty()) {
      auto& last = content_.pieces.back();
      if (last.offset + last.bytes.size() == offset && last.bytes.data() + last.bytes.size() == bytes.data()) {
        last.bytes = {last.bytes.data(), last.bytes.size() + bytes.size()};
        return;
      }
    }
    content_.pieces.push_back({offset, bytes});
  }
  void zero(const hde::PageKey& key, Version) override {
    if (!belongs(key)) return;
    content_.has_zeroes = true;
  }
  // Of this block; those of another block are not counted.
  std::size_t pages() const { return pages_; }
  BlockContent take() { return std::move(content_); }

 private:
  // The decoder has checked the other end.
  bool belongs(const hde::PageKey& key) {
    pages_ += key.index >= first_ ? 1 : 0;
    return key.index >= first_;
  }

  const Bytes file_size_;
  const PageIndex first_;
  BlockContent content_;
  std::size_t pages_ = 0;
};

std::uint64_t pages_in(Bytes bytes) { return (bytes.value + page_size.value - 1) / page_size.value; }

}  // namespace

BlockEncoder::BlockEncoder(BlockIndex block, Slice content) : block_(block) {
  Planned planned = plan_block(block, std::move(content));
  plan_.emplace(std::move(planned.plan));
  hash_ = planned.hash;
}

BlockEncoder::Chunk BlockEncoder::encode(FileIndex index, hde::Codec codec) && {
  Chunk chunk;
  chunk.encoded = hde::Encoder::encode(std::move(*plan_), codec);
  chunk.payload.push_back(Slice::adopt(transfer::encode(BlockHeader{index, block_, hash_})));
  std::ranges::move(chunk.encoded.payload, std::back_inserter(chunk.payload));
  return chunk;
}

Result<BlockContent> decode_block(const BlockHeader& header, Bytes file_size, Slice payload) {
  const std::string name = "block " + std::to_string(header.block.value);
  const std::uint64_t first = first_page(header.block).index.value;
  const std::uint64_t expected = std::min(pages_per_block, pages_in(file_size) - first);

  hde::Decoder decoder({.history = hde::History::once});
  auto unpacked = decoder.unpack(std::move(payload));
  if (!unpacked) return unpacked.error();
  if (auto declared = decoder.declare_block(first_page(header.block).block, first + expected); !declared)
    return declared.error();
  platform::WorkList work = unpacked->work();
  PieceCollector collector(file_size, PageIndex(first));
  hde::NoBases none;
  auto report = decoder.apply(std::move(*unpacked), collector, none);
  if (!report) return report.error();
  // Damage, missing pages, and pages of other blocks look alike; a page that came twice changes the digest.
  if (!report->rejected.empty() || collector.pages() != expected || block_hash(decoder.digest()) != header.hash)
    return Failure(Errc::checksum_mismatch, name + " was damaged on its way");
  BlockContent content = collector.take();
  content.memory = std::move(report->contents);
  content.work = std::move(work);
  return content;
}

}  // namespace dwcp::transfer
