#include "tests/fuzz/hde/check.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "engine/base/checksum.hpp"
#include "engine/hde/decoder.hpp"
#include "engine/hde/format.hpp"
#include "engine/hde/kernels.hpp"
#include "tests/unit/engine/hde/pages.hpp"

namespace dwcp::hde::testing {
namespace {

constexpr std::uint64_t block_pages = 32;

void demand(bool holds, const std::string& what) {
  if (!holds) throw std::logic_error("the decoder broke a promise: " + what);
}

// Two blocks, whose pages count as zero until they are written.
class SmallMemory final : public PageSink, public BaseSource {
 public:
  void page(const PageKey& key, Version, ByteSpan content) override {
    demand(content.size() == page_bytes, "a page of " + std::to_string(content.size()) + " bytes");
    std::ranges::copy(content, place(key).begin());
  }
  void zero(const PageKey& key, Version) override { std::ranges::fill(place(key), std::byte{0}); }
  bool read(const PageKey& key, MutableByteSpan content) override {
    std::ranges::copy(place(key), content.begin());
    return true;
  }
  Digest digest() const {
    Digest digest;
    for (std::uint32_t block = 0; block < 2; ++block)
      add_memory(digest, block, PageIndex(0), ByteSpan(bytes_).subspan(block * block_bytes, block_bytes));
    return digest;
  }

 private:
  static constexpr std::size_t block_bytes = block_pages * page_bytes;
  MutableByteSpan place(const PageKey& key) {
    demand(key.block < 2 && key.index.value < block_pages, "a page outside the declared blocks");
    return MutableByteSpan(bytes_).subspan(key.block * block_bytes + key.index.value * page_bytes, page_bytes);
  }
  ByteVector bytes_ = ByteVector(2 * block_bytes);
};

}  // namespace

void reseal(MutableByteSpan batch) {
  const auto size = sealed_size(batch);
  if (!size || batch.size() - *size < sizeof(std::uint32_t)) return;
  store_le(batch.data() + *size, static_cast<std::uint32_t>(hash64(batch.first(*size))));
}

bool check_batch(ByteSpan batch, std::span<const ByteVector> history) {
  SmallMemory memory;
  Decoder decoder{DecoderConfig{}};
  for (std::uint32_t block = 0; block < 2; ++block)
    demand(decoder.declare_block(block, block_pages).has_value(), "a block is refused");
  for (const ByteVector& earlier : history)
    demand(decoder.decode(Slice::copy_of(earlier), memory, memory).has_value(), "a good batch is refused");
  const Digest before = memory.digest();
  const Slice payload = Slice::copy_of(batch);
  std::size_t accepted = 0;
  for (int round = 0; round < 2; ++round) {
    auto unpacked = decoder.unpack(payload);
    if (!unpacked) {
      demand(round == 0, "a batch is refused that was accepted before");
      demand(!unpacked.error().detail.empty(), "an error without a sentence");
      return false;
    }
    const std::size_t pages = unpacked->pages();
    const auto report = decoder.apply(std::move(*unpacked), memory, memory);
    if (!report) {
      demand(memory.digest() == before, "a refused batch was applied in part");
      return false;
    }
    demand(report->applied + report->superseded + report->rejected.size() == pages, "pages are missing in the report");
    // What was applied before is older now; a page may have come in several versions, of which some had no base.
    if (round == 0)
      accepted = report->applied;
    else
      demand(report->superseded >= accepted, "a page was applied twice");
    demand(decoder.digest() == memory.digest(), "the digest is not that of the memory");
  }
  return true;
}

std::vector<ByteVector> sample_batches(Codec codec) {
  constexpr std::size_t pages = 24;
  Encoder encoder{EncoderConfig{.window_budget = MiB(1)}};
  Memory memory(pages, 5);
  Memory other(pages, 6), first = memory;
  std::vector<ByteVector> batches;
  for (std::uint64_t version = 1; version <= 4; ++version) {
    const Slice input = memory.copy(0, pages);
    std::vector<PageIn> list = Memory::pages_of(input, 3, Version(version));
    for (std::size_t i = pages / 2; i < pages; ++i) list[i].key.block = 1;
    const Encoded encoded = Encoder::encode(encoder.plan(input, list, true), codec);
    encoder.acknowledge(encoded.id);
    const Slice whole = joined(encoded);
    batches.emplace_back(whole.bytes().begin(), whole.bytes().end());
    for (std::size_t i = 0; i < pages; i += 2) memory.dirty(i);
    // At last nothing is where it was, and some of it is copied from the first batch.
    for (std::size_t i = 0; version == 3 && i < pages; ++i)
      std::ranges::copy(i % 3 == 0 ? first.page(pages - 1 - i) : other.page(i), memory.page(i).begin());
  }
  return batches;
}

}  // namespace dwcp::hde::testing
