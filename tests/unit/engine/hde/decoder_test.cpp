// What the decoder does with order, repetition, damage and nonsense.
#include "engine/hde/decoder.hpp"

#include <gtest/gtest.h>

#include "engine/hde/base_cache.hpp"
#include "engine/hde/format.hpp"
#include "engine/hde/varint.hpp"
#include "tests/unit/engine/hde/pages.hpp"

namespace dwcp::hde {
namespace {

using testing::Destination;
using testing::Memory;

Slice batch_of(Encoder& encoder, const Memory& memory, std::size_t first, std::size_t count, Version version,
               Codec codec = Codec::lz4) {
  const Slice input = memory.copy(first, count);
  return testing::joined(Encoder::encode(encoder.plan(input, Memory::pages_of(input, first, version)), codec));
}

class DecoderTest : public ::testing::Test {
 protected:
  DecoderTest() { EXPECT_TRUE(decoder_.declare_block(0, 64)); }
  Result<DecodeReport> decode(Slice payload) { return decoder_.decode(std::move(payload), destination_, destination_); }
  // The batch with one byte changed.
  static Slice damaged(const Slice& payload, std::size_t at, std::byte by = std::byte{1}) {
    ByteVector bytes(payload.bytes().begin(), payload.bytes().end());
    bytes[at] ^= by;
    return Slice::adopt(std::move(bytes));
  }

  Memory memory_{64, 21, testing::compressible_contents};
  Destination destination_{64};
  Encoder encoder_{EncoderConfig{}};
  Decoder decoder_{DecoderConfig{}};
};

TEST_F(DecoderTest, NewerWinsInAnyOrderAndRepetitionDoesNothing) {
  const Slice old = batch_of(encoder_, memory_, 0, 64, Version(1));
  memory_.dirty(7);
  const Slice fresh = batch_of(encoder_, memory_, 0, 64, Version(2));
  EXPECT_EQ(decode(fresh)->applied, 64u);
  EXPECT_EQ(decode(old)->superseded, 64u);
  EXPECT_EQ(decode(fresh)->superseded, 64u);
  EXPECT_EQ(destination_.steps_back(), 0u);
  EXPECT_TRUE(std::ranges::equal(memory_.bytes(), destination_.bytes()));
  EXPECT_EQ(encoder_.digest(), decoder_.digest());
}

TEST_F(DecoderTest, ADeltaToADamagedBaseIsRejected) {
  decode(batch_of(encoder_, memory_, 0, 64, Version(1)));
  encoder_.acknowledge(BatchId(1));
  memory_.dirty(7);
  const Slice delta = batch_of(encoder_, memory_, 7, 1, Version(2));
  const ByteVector wrong(testing::page_length, std::byte{5});
  destination_.page({0, PageIndex(7)}, Version(1), wrong);
  const auto report = decode(delta);
  ASSERT_EQ(report->rejected.size(), 1u);
  EXPECT_EQ(report->rejected[0].reason, RejectReason::checksum);
  EXPECT_EQ(report->rejected[0].page, (PageVersion{{0, PageIndex(7)}, Version(2)}));
}

TEST_F(DecoderTest, UnchangedIsBelievedOnlyWhenTheContentIsHeld) {
  batch_of(encoder_, memory_, 0, 64, Version(1));
  encoder_.acknowledge(BatchId(1));  // a lie: it never arrived
  const auto report = decode(batch_of(encoder_, memory_, 0, 64, Version(2)));
  EXPECT_EQ(report->applied, 0u);
  EXPECT_EQ(report->rejected.size(), 64u);
}

TEST_F(DecoderTest, DamageInPagesIsRejectedPageByPage) {
  const Slice batch = batch_of(encoder_, memory_, 0, 64, Version(1), Codec::none);
  const auto report = decode(damaged(batch, batch.size() - 5000));
  EXPECT_EQ(report->applied, 63u);
  ASSERT_EQ(report->rejected.size(), 1u);
  EXPECT_EQ(report->rejected[0].page.key.index, PageIndex(62));
  EXPECT_EQ(report->rejected[0].reason, RejectReason::checksum);
}

TEST_F(DecoderTest, NoBitOfTheDirectoryChangesUnnoticed) {
  const Slice batch = batch_of(encoder_, memory_, 0, 64, Version(1));
  for (std::size_t at = 0; at < 10; ++at)
    for (unsigned bit = 0; bit < 8; ++bit)
      EXPECT_FALSE(decode(damaged(batch, at, static_cast<std::byte>(1u << bit)))) << "byte " << at << " bit " << bit;
  EXPECT_EQ(destination_.version(0), Version(0));
}

TEST_F(DecoderTest, EveryTruncationIsAnError) {
  const Slice batch = batch_of(encoder_, memory_, 0, 8, Version(1));
  for (std::size_t length = 0; length < batch.size(); ++length) EXPECT_FALSE(decode(batch.sub(0, length))) << length;
  ByteVector longer(batch.bytes().begin(), batch.bytes().end());
  longer.push_back(std::byte{0});
  EXPECT_FALSE(decode(Slice::adopt(std::move(longer))));
  EXPECT_TRUE(decode(batch));
}

TEST_F(DecoderTest, ErrorsNameTheThingAndTheValue) {
  const Slice batch = batch_of(encoder_, memory_, 0, 8, Version(1));
  const Failure format = decode(damaged(batch, 0, std::byte{8})).error();
  EXPECT_EQ(format.code, make_error_code(Errc::version_mismatch));
  EXPECT_EQ(format.detail, "page batch format 12, read here: 4");

  Decoder narrow{DecoderConfig{}};
  ASSERT_TRUE(narrow.declare_block(0, 5));
  const Failure outside = narrow.decode(batch, destination_, destination_).error();
  EXPECT_EQ(outside.code, make_error_code(Errc::bad_encoding));
  EXPECT_EQ(outside.detail, "page batch: page 5 of block 0, which has 5");
  EXPECT_EQ(destination_.version(0), Version(0));  // the first five pages were not applied either
  EXPECT_FALSE(narrow.declare_block(1, max_page_index.value + 2));
}

TEST_F(DecoderTest, ContentsOutliveTheBatchWhileTheReportIsHeld) {
  struct Keeper final : PageSink {
    void page(const PageKey&, Version, ByteSpan content) override { contents.push_back(content); }
    void zero(const PageKey&, Version) override {}
    std::vector<ByteSpan> contents;
  } keeper;
  NoBases none;
  auto report = decoder_.decode(batch_of(encoder_, memory_, 0, 64, Version(1), Codec::zstd1), keeper, none);
  ASSERT_EQ(keeper.contents.size(), 64u);
  for (std::size_t i = 0; i < 64; ++i) EXPECT_TRUE(std::ranges::equal(keeper.contents[i], memory_.page(i)));
  EXPECT_EQ(keeper.contents[1].data(), keeper.contents[0].data() + testing::page_length);
  EXPECT_GE(report->contents.use_count(), 1);
}

TEST_F(DecoderTest, AnOwnCacheServesDeltasWithinItsBudget) {
  BaseCache cache(Bytes(8 * 4300), destination_);
  for (std::uint64_t version = 1; version <= 3; ++version) {
    for (std::size_t i = 0; i < 8; ++i) memory_.dirty(i);
    const Slice batch = batch_of(encoder_, memory_, 0, version == 1 ? 64 : 8, Version(version));
    const auto report = decoder_.decode(batch, cache, cache);
    EXPECT_TRUE(report->rejected.empty());
    encoder_.acknowledge(report->batch);
    EXPECT_LE(cache.held(), Bytes(8 * 4300));
  }
  EXPECT_TRUE(std::ranges::equal(memory_.bytes(), destination_.bytes()));
  ByteVector room(testing::page_length);
  EXPECT_FALSE(cache.read({0, PageIndex(40)}, room));
  cache.zero({0, PageIndex(0)}, Version(9));
  EXPECT_FALSE(cache.read({0, PageIndex(0)}, room));
}

TEST(Format, AddressesVersionsAndBasesRoundTrip) {
  Random random(31);
  for (int round = 0; round < 200; ++round) {
    std::vector<Record> records(1 + random.below(max_batch_pages));
    PageKey at{static_cast<std::uint32_t>(random()), PageIndex(random.below(max_page_index.value / 2))};
    for (Record& record : records) {
      if (random.chance(0.05))
        at = {static_cast<std::uint32_t>(random()), PageIndex(random.below(max_page_index.value / 2))};
      at.index = random.chance(0.7) ? at.index + PageIndex(1) : PageIndex(random.below(max_page_index.value / 2));
      record.key = at;
      record.kind = static_cast<RecordKind>(random.below(random.chance(0.5) ? 5 : 1));
      record.version = static_cast<std::uint32_t>(2 + random.below(random.chance(0.1) ? 0xffff'fff0 : 3));
      if (has_base(record.kind))
        record.base_version = static_cast<std::uint32_t>(record.version - 1 - random.below(record.version - 1));
      if (has_checksum(record.kind)) record.checksum = static_cast<std::uint32_t>(random());
    }
    const KindCounts counts = count_kinds(records);
    BatchHead head;
    head.batch = BatchId(random.below(max_batch_id.value));
    if (counts.packed > 0) head.packed_codec = WireCodec::zstd;
    ByteVector bytes = write_head(head, records, 0);
    bytes.resize(bytes.size() + counts.raw * testing::page_length);
    const auto parsed = parse_head(bytes);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message();
    ASSERT_EQ(parsed->records.size(), records.size());
    EXPECT_EQ(parsed->head.batch, head.batch);
    for (std::size_t i = 0; i < records.size(); ++i) {
      EXPECT_EQ(parsed->records[i].key, records[i].key);
      EXPECT_EQ(parsed->records[i].kind, records[i].kind);
      EXPECT_EQ(parsed->records[i].version, records[i].version);
      EXPECT_EQ(parsed->records[i].base_version, records[i].base_version);
      EXPECT_EQ(parsed->records[i].checksum, records[i].checksum);
    }
  }
}

// The example of docs/hde-format.md, byte by byte: changing the format without a new version must fail here.
TEST(Format, BytesAreThoseOfTheDocument) {
  std::vector<Record> records(3);
  records[0] = {{0, PageIndex(256)}, 2, 0, 0, RecordKind::zero};
  records[1] = {{0, PageIndex(257)}, 2, 0, 0, RecordKind::zero};
  records[2] = {{1, PageIndex(3)}, 7, 5, 0x44332211, RecordKind::unchanged};
  BatchHead head;
  head.batch = BatchId(300);
  const ByteVector bytes = write_head(head, records, 0);
  const std::vector<unsigned> expected{0x04, 0x00, 0xac, 0x02, 0x03, 0x00, 0x00, 0x00, 0x0a, 0x10,
                                       0x80, 0x04, 0x09, 0x01, 0x06, 0x09, 0x00, 0x14, 0x04};
  ASSERT_EQ(bytes.size(), expected.size() + 8);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(std::to_integer<unsigned>(bytes[i]), expected[i]) << i;
  EXPECT_EQ(*sealed_size(bytes), expected.size());
  EXPECT_EQ(load_le<std::uint32_t>(bytes.data() + 19), static_cast<std::uint32_t>(hash64(ByteSpan(bytes).first(19))));
  EXPECT_EQ(load_le<std::uint32_t>(bytes.data() + 23), 0x44332211u);
}

}  // namespace
}  // namespace dwcp::hde
