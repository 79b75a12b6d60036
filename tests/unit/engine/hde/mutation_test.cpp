// Damaged and invented batches, from a seed: the regression form of the fuzz target.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "engine/base/random.hpp"
#include "engine/hde/format.hpp"
#include "tests/fuzz/hde/check.hpp"

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

}  // namespace
}  // namespace dwcp::hde
