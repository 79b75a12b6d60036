#include "engine/hde/delta.hpp"

#include <gtest/gtest.h>

#include "engine/hde/sample.hpp"
#include "engine/hde/varint.hpp"
#include "tests/unit/engine/hde/pages.hpp"

namespace dwcp::hde {
namespace {

struct Pair {
  ByteVector base = ByteVector(page_bytes), content = ByteVector(page_bytes);
};

ByteVector apply_copy(const DeltaWriter& writer, ByteVector page) {
  ByteSpan structures = writer.structure();
  DeltaExtent extent;
  EXPECT_TRUE(take_delta(structures, extent));
  EXPECT_TRUE(structures.empty());
  EXPECT_EQ(extent.changed, writer.changed().size());
  apply_delta(extent.structure, writer.changed(), page.data());
  return page;
}

TEST(Delta, GivesTheContentBackForAnyChange) {
  Random random(3);
  for (int round = 0; round < 300; ++round) {
    Pair pair;
    testing::fill_page(testing::Content::noise, random, pair.base);
    pair.content = pair.base;
    for (std::uint64_t runs = random.below(200); runs > 0; --runs) {
      const std::size_t at = random.below(page_bytes);
      for (std::size_t i = at; i < std::min(at + random.below(20), page_bytes); ++i) pair.content[i] = std::byte{7};
    }
    DeltaWriter writer;
    ASSERT_TRUE(writer.append(pair.content.data(), pair.base.data(), page_bytes, kernels()));
    EXPECT_LE(writer.size(), delta_size_max);
    EXPECT_EQ(apply_copy(writer, pair.base), pair.content);
  }
}

TEST(Delta, PagesThatDifferInEveryNinthByteNeedTheMostRuns) {
  Pair pair;
  for (std::size_t at = 0; at < page_bytes; at += 1 + delta_gap_min) pair.content[at] = std::byte{1};
  DeltaWriter writer;
  ASSERT_TRUE(writer.append(pair.content.data(), pair.base.data(), page_bytes, kernels()));
  EXPECT_EQ(writer.changed().size(), 456u);
  EXPECT_EQ(apply_copy(writer, pair.base), pair.content);
}

TEST(Delta, JoinsRunsOverShortGaps) {
  for (const std::size_t gap : {delta_gap_min - 1, delta_gap_min}) {
    Pair pair;
    pair.content[100] = pair.content[101 + gap] = std::byte{1};
    DeltaWriter writer;
    ASSERT_TRUE(writer.append(pair.content.data(), pair.base.data(), page_bytes, kernels()));
    EXPECT_EQ(writer.changed().size(), gap < delta_gap_min ? gap + 2 : 2);
  }
}

TEST(Delta, RefusesMoreChangesThanAllowedAndAppendsNothing) {
  Pair pair;
  for (std::size_t i = 0; i < 100; ++i) pair.content[i] = std::byte{1};
  DeltaWriter writer;
  EXPECT_FALSE(writer.append(pair.content.data(), pair.base.data(), 99, kernels()));
  EXPECT_EQ(writer.size(), 0u);
  EXPECT_TRUE(writer.append(pair.content.data(), pair.base.data(), 100, kernels()));
}

TEST(Delta, StructuresThatLeaveThePageAreRefused) {
  const auto structure = [](std::initializer_list<std::uint64_t> values) {
    ByteVector bytes;
    for (const std::uint64_t value : values) put_varint(bytes, value);
    return bytes;
  };
  const auto taken = [](const ByteVector& bytes) {
    ByteSpan rest(bytes);
    DeltaExtent extent;
    return take_delta(rest, extent);
  };
  EXPECT_TRUE(taken(structure({1, 0, 4095})));
  EXPECT_FALSE(taken(structure({1, 1, 4095})));
  EXPECT_FALSE(taken(structure({1, 0, 4096})));
  EXPECT_FALSE(taken(structure({1, ~std::uint64_t{0}, 4})));
  EXPECT_FALSE(taken(structure({2, 0, 0})));
  EXPECT_FALSE(taken(structure({delta_runs_max + 1})));
  EXPECT_FALSE(taken({}));
}

TEST(Varint, RoundTripsAtItsEdgesAndRefusesWhatExceeds64Bits) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, ~std::uint64_t{0}}) {
    ByteVector bytes;
    put_varint(bytes, value);
    ByteSpan rest(bytes);
    std::uint64_t read = 1;
    EXPECT_TRUE(take_varint(rest, read));
    EXPECT_EQ(read, value);
    EXPECT_TRUE(rest.empty());
    rest = ByteSpan(bytes).first(bytes.size() - 1);
    EXPECT_FALSE(take_varint(rest, read));
  }
  const ByteVector long_one(10, std::byte{0xff});
  ByteSpan rest(long_one);
  std::uint64_t read = 0;
  EXPECT_FALSE(take_varint(rest, read));
  EXPECT_EQ(unzigzag(zigzag(-5)), -5);
  EXPECT_EQ(zigzag(-1), 1u);
}

TEST(Sample, KnowsNoiseFromEverythingElse) {
  Random random(4);
  ByteVector page(page_bytes);
  int wrong = 0;
  for (int i = 0; i < 500; ++i) {
    testing::fill_page(testing::Content::noise, random, page);
    wrong += looks_incompressible(page.data()) ? 0 : 1;
    for (const testing::Content content : testing::compressible_contents) {
      testing::fill_page(content, random, page);
      EXPECT_FALSE(looks_incompressible(page.data()));
    }
  }
  EXPECT_LE(wrong, 5);  // 1 % of noise taken for something better only costs time
}

TEST(Sample, HalfAPageOfNoiseIsWorthCompressing) {
  Random random(5);
  ByteVector page(page_bytes);
  testing::fill_page(testing::Content::noise, random, page);
  std::fill(page.begin() + page_bytes / 2, page.end(), std::byte{0});
  EXPECT_FALSE(looks_incompressible(page.data()));
}

// A few pages of text anywhere in a stretch of noise are found, and nearly nothing is looked at where there is none.
TEST(Sample, FindsWhatIsWorthCompressingAmongNoise) {
  Random random(9);
  ByteVector noise(page_bytes), text(page_bytes);
  testing::fill_page(testing::Content::noise, random, noise);
  testing::fill_page(testing::Content::text, random, text);
  ASSERT_TRUE(looks_incompressible(noise.data()));
  ASSERT_FALSE(looks_incompressible(text.data()));
  for (const std::size_t count : {1u, 2u, 15u, 16u, 17u, 250u}) {
    std::vector<const std::byte*> pages(count, noise.data());
    EXPECT_EQ(worth_compressing(pages), std::vector<bool>(count, false));
    pages.assign(count, text.data());
    EXPECT_EQ(worth_compressing(pages), std::vector<bool>(count, true));
    // 17 in a row cannot lie between two that are looked at.
    for (std::size_t first = 0; first + 17 <= count; ++first) {
      pages.assign(count, noise.data());
      std::vector<bool> expected(count, false);
      for (std::size_t i = first; i < first + 17; ++i) {
        pages[i] = text.data();
        expected[i] = true;
      }
      EXPECT_EQ(worth_compressing(pages), expected) << "from page " << first << " of " << count;
    }
  }
  EXPECT_TRUE(worth_compressing({}).empty());
}

}  // namespace
}  // namespace dwcp::hde
