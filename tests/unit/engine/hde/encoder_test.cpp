// What the encoder sends for what the receiver is known to hold.
#include "engine/hde/encoder.hpp"

#include <gtest/gtest.h>

#include "engine/base/error.hpp"
#include "tests/unit/engine/hde/pages.hpp"

namespace dwcp::hde {
namespace {

using testing::Content;
using testing::Destination;
using testing::Memory;

// A source and a destination of one block, with nothing between them.
struct Ends {
  explicit Ends(std::size_t pages, EncoderConfig config = {},
                std::span<const Content> kinds = testing::compressible_contents)
      : memory(pages, 11, kinds), destination(pages), encoder(config), decoder({config.history}) {
    EXPECT_TRUE(decoder.declare_block(0, pages));
  }
  Encoded send(Version version, Codec codec = Codec::zstd1) { return send(0, memory.pages(), version, codec); }
  Encoded send(std::size_t first, std::size_t count, Version version, Codec codec = Codec::zstd1) {
    const Slice input = memory.copy(first, count);
    return Encoder::encode(encoder.plan(input, Memory::pages_of(input, first, version)), codec);
  }
  DecodeReport receive(const Encoded& encoded) {
    auto report = decoder.decode(testing::joined(encoded), destination, destination);
    EXPECT_TRUE(report.has_value()) << report.error().message();
    return report.has_value() ? *report : DecodeReport{};
  }
  // Sends everything and has it acknowledged.
  void settle(Version version) {
    const Encoded encoded = send(version);
    EXPECT_TRUE(receive(encoded).rejected.empty());
    encoder.acknowledge(encoded.id);
  }
  void expect_equal() const {
    EXPECT_TRUE(std::ranges::equal(memory.bytes(), destination.bytes()));
    EXPECT_EQ(encoder.digest(), decoder.digest());
    Digest whole;
    add_memory(whole, 0, PageIndex(0), memory.bytes());
    EXPECT_EQ(encoder.digest(), whole);
  }

  Memory memory;
  Destination destination;
  Encoder encoder;
  Decoder decoder;
};

std::uint64_t pages_of(const Encoded& encoded, PageClass c) { return encoded.stats[c].pages; }

std::vector<PageVersion> rejected_pages(const DecodeReport& report) {
  std::vector<PageVersion> pages;
  for (const Rejected& rejected : report.rejected) pages.push_back(rejected.page);
  return pages;
}

class EveryCodec : public ::testing::TestWithParam<Codec> {};
INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec,
                         ::testing::Values(Codec::none, Codec::lz4, Codec::zstd1, Codec::zstd3, Codec::zstd9),
                         [](const auto& codec) { return std::string(to_string(codec.param)); });

TEST_P(EveryCodec, CarriesMixedMemoryThroughThreeRounds) {
  Ends ends(600, {}, testing::all_contents);
  for (std::uint64_t round = 1; round <= 3; ++round) {
    const Encoded encoded = ends.send(Version(round), GetParam());
    EXPECT_EQ(encoded.stats.pages(), 600u);
    EXPECT_EQ(encoded.stats.bytes_out(), encoded.size);
    const DecodeReport report = ends.receive(encoded);
    EXPECT_EQ(report.applied, 600u);
    EXPECT_EQ(report.batch, encoded.id);
    ends.encoder.acknowledge(encoded.id);
    ends.expect_equal();
    for (std::size_t i = 0; i < 600; i += 3) ends.memory.dirty(i);
  }
}

TEST(Encoder, ClassesFollowWhatTheReceiverHolds) {
  Ends ends(64);
  EXPECT_EQ(pages_of(ends.send(Version(1)), PageClass::zstd), 64u);
  ends.settle(Version(2));
  ends.memory.dirty(5);
  std::ranges::fill(ends.memory.page(6), std::byte{0});
  const Encoded encoded = ends.send(Version(3));
  EXPECT_EQ(pages_of(encoded, PageClass::unchanged), 62u);
  EXPECT_EQ(pages_of(encoded, PageClass::delta), 1u);
  EXPECT_EQ(pages_of(encoded, PageClass::zero), 1u);
  EXPECT_LT(encoded.size.value, 1000u);
  EXPECT_TRUE(ends.receive(encoded).rejected.empty());
  ends.expect_equal();
}

TEST(Encoder, NothingIsABaseBeforeItIsAcknowledged) {
  Ends ends(32);
  const Encoded first = ends.send(Version(1));
  ends.receive(first);
  const Encoded second = ends.send(Version(2));
  EXPECT_EQ(pages_of(second, PageClass::zstd), 32u);
  // The receiver may have either version now: the first acknowledgement must not bring deltas back.
  ends.encoder.acknowledge(first.id);
  EXPECT_EQ(pages_of(ends.send(Version(3)), PageClass::zstd), 32u);
}

TEST(Encoder, AnAcknowledgementCountsOnceAndOnlyForTheNewestVersion) {
  Ends ends(32);
  const Encoded first = ends.send(Version(1));
  const Encoded second = ends.send(Version(2));
  ends.receive(second);
  ends.encoder.acknowledge(second.id);
  ends.encoder.acknowledge(first.id);  // late
  ends.encoder.acknowledge(second.id);
  ends.encoder.acknowledge(BatchId(999));
  EXPECT_EQ(ends.encoder.batches_under_way(), 0u);
  EXPECT_EQ(pages_of(ends.send(Version(3)), PageClass::unchanged), 32u);
}

TEST(Encoder, UnchangedIsKnownWithoutTheContent) {
  Ends ends(32, {.delta_cache_budget = Bytes(0)});
  ends.settle(Version(1));
  EXPECT_EQ(ends.encoder.cached(), Bytes(0));
  ends.memory.dirty(0);
  const Encoded encoded = ends.send(Version(2));
  EXPECT_EQ(pages_of(encoded, PageClass::unchanged), 31u);
  EXPECT_EQ(pages_of(encoded, PageClass::zstd), 1u);
  EXPECT_TRUE(ends.receive(encoded).rejected.empty());
  ends.expect_equal();
}

TEST(Encoder, CacheKeepsPagesThatAreDirtiedAgain) {
  Ends ends(256, {.delta_cache_budget = Bytes(16 * 4300)});
  ends.settle(Version(1));
  // Pages 200..207 are sent again and again: they must push out those that were sent once.
  for (std::uint64_t version = 2; version <= 4; ++version) {
    for (std::size_t i = 200; i < 208; ++i) ends.memory.dirty(i);
    const Encoded encoded = ends.send(200, 8, Version(version));
    EXPECT_EQ(pages_of(encoded, PageClass::delta), version == 2 ? 0u : 8u) << "version " << version;
    ends.receive(encoded);
    ends.encoder.acknowledge(encoded.id);
    EXPECT_LE(ends.encoder.cached(), Bytes(16 * 4300));
  }
}

TEST(Encoder, AForgottenBatchIsSentAgainInFull) {
  Ends ends(32);
  ends.settle(Version(1));
  ends.memory.dirty(3);
  const Encoded lost = ends.send(3, 1, Version(2));
  EXPECT_EQ(pages_of(lost, PageClass::delta), 1u);
  EXPECT_EQ(ends.encoder.forget(lost.id), std::vector<PageKey>({{0, PageIndex(3)}}));
  EXPECT_TRUE(ends.encoder.forget(lost.id).empty());
  const Encoded again = ends.send(3, 1, Version(3));
  EXPECT_EQ(pages_of(again, PageClass::zstd), 1u);
  ends.receive(again);
  ends.expect_equal();
}

TEST(Encoder, ABatchAboutWhichTheReceiverWasWrongIsRepairedInFull) {
  Ends ends(64);
  ends.settle(Version(1));
  for (std::size_t i = 0; i < 64; ++i) ends.memory.dirty(i);
  const Encoded deltas = ends.send(Version(2));
  EXPECT_EQ(pages_of(deltas, PageClass::delta), 64u);
  // A receiver that lost its bases.
  NoBases nothing;
  auto report = ends.decoder.decode(testing::joined(deltas), ends.destination, nothing);
  ASSERT_TRUE(report.has_value());
  ASSERT_EQ(report->rejected.size(), 64u);
  EXPECT_EQ(report->rejected[0].reason, RejectReason::missing_base);

  Repair repair = ends.encoder.missing(rejected_pages(*report));
  ends.encoder.acknowledge(deltas.id);  // tells nothing about the rejected pages
  EXPECT_TRUE(repair.fetch.empty());
  ASSERT_EQ(repair.plans.size(), 1u);
  const Encoded full = Encoder::encode(std::move(repair.plans[0]), Codec::lz4);
  EXPECT_EQ(pages_of(full, PageClass::lz4), 64u);
  EXPECT_EQ(ends.receive(full).applied, 64u);
  ends.encoder.acknowledge(full.id);
  ends.expect_equal();
  EXPECT_EQ(pages_of(ends.send(Version(3)), PageClass::unchanged), 64u);
}

TEST(Encoder, ARepairWithoutContentAsksForTheGuest) {
  Ends ends(32, {.delta_cache_budget = Bytes(0), .retention_budget = Bytes(0)});
  const Encoded first = ends.send(Version(1));
  const std::vector<PageVersion> wanted{{{0, PageIndex(4)}, Version(1)}};
  const Repair repair = ends.encoder.missing(wanted);
  EXPECT_EQ(repair.fetch, std::vector<PageKey>({{0, PageIndex(4)}}));
  EXPECT_TRUE(repair.plans.empty());
  ends.encoder.acknowledge(first.id);
  EXPECT_EQ(pages_of(ends.send(4, 1, Version(2)), PageClass::zstd), 1u);
}

TEST(Encoder, RequestsForOtherVersionsAreIgnored) {
  Ends ends(32);
  ends.settle(Version(5));
  const std::vector<PageVersion> wanted{
      {{0, PageIndex(4)}, Version(4)}, {{0, PageIndex(4)}, Version(6)}, {{7, PageIndex(0)}, Version(5)}};
  const Repair repair = ends.encoder.missing(wanted);
  EXPECT_EQ(repair.ignored, wanted);
  EXPECT_TRUE(repair.plans.empty());
}

TEST(Encoder, APageThatIsAskedForTwiceIsSentOnce) {
  Ends ends(32);
  ends.settle(Version(5));
  const std::vector<PageVersion> wanted(3, {{0, PageIndex(4)}, Version(5)});
  Repair repair = ends.encoder.missing(wanted);
  EXPECT_EQ(repair.ignored.size(), 2u);
  ASSERT_EQ(repair.plans.size(), 1u);
  EXPECT_EQ(repair.plans[0].pages(), 1u);
  const Encoded full = Encoder::encode(std::move(repair.plans[0]), Codec::none);
  EXPECT_EQ(pages_of(full, PageClass::raw), 1u);
  ends.receive(full);
  ends.encoder.acknowledge(full.id);
  EXPECT_EQ(pages_of(ends.send(Version(6)), PageClass::unchanged), 32u);
  ends.expect_equal();
}

TEST(Encoder, RetainedInputIsBoundedAndWhatItLosesIsOnlyContent) {
  EncoderConfig config;
  config.retention_budget = Bytes(3 * (16 * 4096 + 64));  // with what owns an input
  Ends ends(160, config);
  std::vector<Encoded> sent;
  for (std::size_t first = 0; first < 160; first += 16) {
    sent.push_back(ends.send(first, 16, Version(1)));
    EXPECT_LE(ends.encoder.retained(), config.retention_budget);
  }
  for (const Encoded& encoded : sent) {
    ends.receive(encoded);
    ends.encoder.acknowledge(encoded.id);
  }
  EXPECT_EQ(ends.encoder.retained(), Bytes(0));
  ends.expect_equal();
  EXPECT_EQ(ends.encoder.cached().value / 4096, 48u);  // of the three batches that were retained
  EXPECT_EQ(pages_of(ends.send(Version(2)), PageClass::unchanged), 160u);
}

TEST(Encoder, BatchesUnderWayAreBounded) {
  EncoderConfig config;
  config.batches_under_way_max = 2;
  Ends ends(64, config);
  ends.send(0, 16, Version(1));
  const Encoded second = ends.send(16, 16, Version(1));
  try {
    ends.send(32, 16, Version(1));
    FAIL() << "a third batch was planned";
  } catch (const Error& error) {
    EXPECT_EQ(error.detail(), "2 batches wait for their acknowledgement, at most 2");
  }
  ends.encoder.acknowledge(second.id);
  ends.send(32, 16, Version(1));
}

TEST(Encoder, RawPagesReferToTheInputWithoutCopying) {
  Ends ends(64, {}, std::array{Content::noise});
  const Slice input = ends.memory.copy(0, 64);
  const Encoded encoded =
      Encoder::encode(ends.encoder.plan(input, Memory::pages_of(input, 0, Version(1))), Codec::zstd3);
  EXPECT_EQ(pages_of(encoded, PageClass::raw), 64u);
  ASSERT_EQ(encoded.payload.size(), 2u);
  EXPECT_EQ(encoded.payload[1].bytes().data(), input.bytes().data());
  EXPECT_EQ(encoded.payload[1].size(), input.size());
  EXPECT_LT(encoded.stats.overhead.value, 64 * 4 + 32u);
}

// What the codec leaves as it is travels as well: a codec is worth no more than what it does to all of a batch.
TEST(Encoder, TheFiguresOfACodecCountTheNoiseBesideTheText) {
  constexpr std::size_t pages = 128;
  const std::array kinds{Content::text, Content::noise};
  const Memory memory(pages, 5, kinds);
  Encoder encoder({});
  const Slice input = memory.copy(0, pages);
  const Encoded encoded = Encoder::encode(encoder.plan(input, Memory::pages_of(input, 0, Version(1))), Codec::zstd3);
  ASSERT_GT(encoded.stats[PageClass::raw].pages, 0U);
  ASSERT_GT(encoded.stats[PageClass::zstd].pages, 0U);
  EXPECT_EQ(encoded.whole_in, Bytes(pages * testing::page_length));
  EXPECT_EQ(encoded.whole_out, encoded.stats[PageClass::raw].out + encoded.stats[PageClass::zstd].out);
}

TEST(Encoder, DirectoryOfAFullCopyCostsLittleMoreThanTheChecksums) {
  Ends ends(256);
  EXPECT_LE(ends.send(Version(1)).stats.overhead.value, 256 * 4 + 32u);
}

TEST(Encoder, PagesOfFilesAreSentOnceWithoutMemoryOfThem) {
  Ends ends(256, {.delta_cache_budget = Bytes(0), .retention_budget = Bytes(0), .history = History::once},
            testing::all_contents);
  for (std::size_t first : {128u, 0u}) ends.receive(ends.send(first, 128, Version(1)));
  EXPECT_EQ(ends.encoder.batches_under_way(), 0u);
  ends.expect_equal();
}

TEST(Encoder, RefusesPagesThatBreakItsRules) {
  Ends ends(32);
  const Slice input = ends.memory.copy(0, 1);
  const auto refused = [&](PageIn page) {
    try {
      ends.encoder.plan(input, std::span(&page, 1));
    } catch (const Error& error) {
      return error.code() == make_error_code(Errc::bad_value);
    }
    return false;
  };
  const ByteVector elsewhere(testing::page_length);
  const PageKey key{0, PageIndex(9)};
  EXPECT_TRUE(refused({key, Version(0), input.bytes()}));
  EXPECT_TRUE(refused({key, max_version + Version(1), input.bytes()}));
  EXPECT_TRUE(refused({{0, max_page_index + PageIndex(1)}, Version(1), input.bytes()}));
  EXPECT_TRUE(refused({key, Version(1), input.bytes().first(100)}));
  EXPECT_TRUE(refused({key, Version(1), elsewhere}));
  EXPECT_FALSE(refused({key, Version(2), input.bytes()}));
  EXPECT_TRUE(refused({key, Version(2), input.bytes()}));
  EXPECT_THROW(ends.encoder.plan(input, {}), Error);
}

}  // namespace
}  // namespace dwcp::hde
