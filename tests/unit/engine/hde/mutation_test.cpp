// Damaged and invented batches, from a seed: the regression form of the fuzz target.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "engine/base/checksum.hpp"
#include "engine/base/random.hpp"
#include "engine/hde/decoder.hpp"
#include "engine/hde/format.hpp"
#include "engine/hde/match_list.hpp"
#include "tests/fuzz/hde/check.hpp"
#include "tests/fuzz/hde/examples.hpp"
#include "tests/fuzz/hde/mutate.hpp"
#include "tests/fuzz/hde/session.hpp"

namespace dwcp::hde {
namespace {

constexpr std::array codecs{Codec::none, Codec::lz4, Codec::zstd3};

void mutate(Random& random, ByteVector& batch, const ByteVector& other) {
  for (std::uint64_t changes = 1 + random.below(4); changes > 0; --changes) {
    // Heads are where most decisions are made.
    const std::size_t reach = random.chance(0.7) ? std::min<std::size_t>(batch.size(), 160) : batch.size();
    if (reach == 0) return;
    const std::size_t at = random.below(reach);
    switch (random.below(5)) {
      case 0:
        batch[at] ^= static_cast<std::byte>(1u << random.below(8));
        break;
      case 1:
        batch[at] = static_cast<std::byte>(random.below(256));
        break;
      case 2:
        batch.erase(batch.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 3:
        batch.insert(batch.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::byte>(random.below(256)));
        break;
      default:
        batch.resize(at);
        batch.insert(batch.end(), other.begin() + static_cast<std::ptrdiff_t>(random.below(other.size())), other.end());
    }
  }
}

TEST(Mutation, GoodBatchesAreAcceptedWithAndWithoutTheirHistory) {
  for (const Codec codec : codecs) {
    const std::vector<ByteVector> batches = testing::sample_batches(codec);
    for (std::size_t i = 0; i < batches.size(); ++i) {
      EXPECT_TRUE(testing::check_batch(batches[i], std::span(batches).first(i)));
      EXPECT_TRUE(testing::check_batch(batches[i]));
    }
  }
}

TEST(Mutation, TheBatchesHaveWhatAFormatCanHave) {
  const std::vector<ByteVector> batches = testing::sample_batches(Codec::zstd3);
  EXPECT_TRUE(parse_head(batches.front())->head.window->held);
  EXPECT_GT(parse_head(batches.back())->head.window->matches_size, 8U);
  EXPECT_GT(parse_head(batches[1])->counts.delta, 0U);
}

TEST(Mutation, NoMutationBreaksADecoder) {
  Random random(77);
  int accepted = 0;
  for (const Codec codec : codecs) {
    const std::vector<ByteVector> batches = testing::sample_batches(codec);
    for (int round = 0; round < 1000; ++round) {
      ByteVector batch = batches[random.below(batches.size())];
      mutate(random, batch, batches[random.below(batches.size())]);
      testing::reseal(batch);
      accepted += testing::check_batch(batch, std::span(batches).first(random.below(batches.size()))) ? 1 : 0;
    }
  }
  EXPECT_GT(accepted, 100);  // or the mutations would never get past the first check
  EXPECT_LT(accepted, 2900);
}

TEST(Mutation, InventedBytesAreRefusedOrHarmless) {
  Random random(78);
  for (int round = 0; round < 3000; ++round) {
    ByteVector batch(random.below(400));
    for (std::byte& byte : batch)
      byte = static_cast<std::byte>(random.chance(0.5) ? random.below(8) : random.below(256));
    if (!batch.empty()) batch[0] = std::byte{batch_format};
    testing::reseal(batch);
    testing::check_batch(batch);
  }
}

void mutate_any(Random& random, ByteVector& bytes, std::size_t size_max) {
  if (bytes.empty()) bytes.push_back(std::byte{0});
  const ByteVector other = bytes;
  mutate(random, bytes, other);
  bytes.resize(std::min(bytes.size(), size_max));
}

TEST(Session, ExamplesReachWhatASessionCanHave) {
  testing::SessionOutcome all;
  for (const testing::Session& session : testing::example_sessions()) {
    const ByteVector bytes = testing::write_session(session);
    EXPECT_EQ(testing::write_session(testing::parse_session(bytes)), bytes);
    EXPECT_LE(bytes.size(), 65536U);  // tests/fuzz/hde/options
    const testing::SessionOutcome outcome = testing::check_session(bytes);
    EXPECT_EQ(outcome.refused, 0U);
    EXPECT_EQ(outcome.migrations, 2U);
    EXPECT_GT(outcome.rejected_pages, 0U);
    all.waited += outcome.waited;
    all.completed += outcome.completed;
  }
  EXPECT_GT(all.waited, 4U);
  EXPECT_EQ(all.completed, all.waited);
}

TEST(Session, NoMutationBreaksAReceiver) {
  const std::vector<testing::Session> good = testing::example_sessions();
  Random random(79);
  const auto bytes = [&random](ByteVector& batch, std::size_t size_max) { mutate_any(random, batch, size_max); };
  testing::SessionOutcome all;
  for (int round = 0; round < 1500; ++round) {
    testing::Session session = good[random.below(good.size())];
    if (random.chance(0.2)) session = testing::crossed(session, good[random.below(good.size())], random, 65536);
    testing::mutate(session, random, good, bytes, 65536);
    const testing::SessionOutcome outcome = testing::check_session(testing::write_session(session));
    all.refused += outcome.refused;
    all.applied_pages += outcome.applied_pages;
    all.completed += outcome.completed;
    all.migrations += outcome.migrations;
  }
  EXPECT_GT(all.refused, 500U);
  EXPECT_GT(all.applied_pages, 30'000U);
  EXPECT_GT(all.completed, 200U);
  EXPECT_GT(all.migrations, 2000U);
}

// A batch whose literals are to be held, and which has none, leaves nothing in the window.
TEST(Session, NothingIsHeldOfABatchWithoutLiterals) {
  std::vector<ByteVector> batches = testing::sample_batches(Codec::none);
  BatchHead head;
  head.batch = BatchId(2);
  head.window.emplace();
  head.window->held = true;
  head.window->checksum = static_cast<std::uint32_t>(hash64({}));
  const std::size_t first = parse_head(batches.front())->head.window->literals;
  ASSERT_GE(first, 4096U);
  const ByteVector matches = write_matches({{0, 4096, 0, BatchId(1)}}, BatchId(2));
  head.window->matches_size = head.window->matches_stored = matches.size();
  Record record;
  record.version = 1;
  record.kind = RecordKind::windowed;
  ByteVector batch = write_head(head, {record}, matches.size());
  batch.insert(batch.end(), matches.begin(), matches.end());

  Decoder decoder{DecoderConfig{}};
  ASSERT_TRUE(decoder.unpack(Slice::copy_of(batches.front())));
  const Bytes before = decoder.window();
  const auto unpacked = decoder.unpack(Slice::adopt(std::move(batch)));
  ASSERT_TRUE(unpacked) << unpacked.error().message();
  EXPECT_TRUE(unpacked->complete());
  EXPECT_EQ(decoder.window(), before);
  EXPECT_EQ(decoder.kept_window().batches.size(), 1U);
}

}  // namespace
}  // namespace dwcp::hde
