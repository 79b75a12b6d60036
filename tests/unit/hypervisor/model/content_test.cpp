#include "hypervisor/model/content.hpp"

#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "hypervisor/model/blueprint.hpp"
#include "hypervisor/model/image.hpp"

namespace dwcp::model {
namespace {

ByteVector page_of(const Content& content, Frame frame, std::uint32_t version = 0) {
  ByteVector page(page_size.value);
  content.generate(frame, version, PageBytes(page));
  return page;
}

double zstd_ratio(const Content& content, int pages) {
  ByteVector all;
  for (int i = 0; i < pages; ++i) {
    const ByteVector page = page_of(content, Frame(static_cast<std::uint64_t>(i)));
    all.insert(all.end(), page.begin(), page.end());
  }
  ByteVector packed(ZSTD_compressBound(all.size()));
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), all.data(), all.size(), 1);
  return static_cast<double>(all.size()) / static_cast<double>(size);
}

std::size_t bytes_changed(const ByteVector& a, const ByteVector& b) {
  std::size_t changed = 0;
  for (std::size_t i = 0; i < a.size(); ++i) changed += a[i] != b[i];
  return changed;
}

TEST(Content, HasTheSharesOfItsProfile) {
  const ContentProfile profile{.zero = 0.3, .repetitive = 0.4, .low_entropy = 0.2, .random = 0.1};
  const Content content(profile, 1, 0.1);
  std::map<ContentClass, double> share;
  constexpr std::uint64_t pages = 100'000;
  for (Frame frame(0); frame.value < pages; ++frame) share[content.class_of(frame)] += 1.0 / pages;
  EXPECT_NEAR(share[ContentClass::zero], profile.zero, 0.01);
  EXPECT_NEAR(share[ContentClass::repetitive], profile.repetitive, 0.01);
  EXPECT_NEAR(share[ContentClass::low_entropy], profile.low_entropy, 0.01);
  EXPECT_NEAR(share[ContentClass::random], profile.random, 0.01);
}

TEST(Content, CompressesAsItsClassesSay) {
  EXPECT_GT(zstd_ratio(Content({0, 1, 0, 0}, 1, 0.1), 128), 15);
  const double low = zstd_ratio(Content({0, 0, 1, 0}, 1, 0.1), 128);
  EXPECT_GT(low, 2.2);
  EXPECT_LT(low, 4.5);
  EXPECT_LT(zstd_ratio(Content({0, 0, 0, 1}, 1, 0.1), 128), 1.01);
}

TEST(Content, DependsOnSeedFrameAndVersionOnly) {
  const Content a({0, 0.5, 0.3, 0.2}, 1, 0.1), again({0, 0.5, 0.3, 0.2}, 1, 0.1), other({0, 0.5, 0.3, 0.2}, 2, 0.1);
  for (std::uint64_t i = 0; i < 50; ++i) {
    EXPECT_EQ(page_of(a, Frame(i), 3), page_of(again, Frame(i), 3));
    EXPECT_NE(page_of(a, Frame(i), 3), page_of(other, Frame(i), 3));
    EXPECT_NE(page_of(a, Frame(i), 3), page_of(a, Frame(i + 1), 3));
  }
}

TEST(Content, AWriteChangesItsShareOfThePage) {
  for (const double changed : {0.008, 0.02, 0.1, 0.5, 1.0}) {
    const Content content({0, 0, 0, 1}, 1, changed);
    const double expected = 4096 * changed;
    for (std::uint32_t version = 0; version < 40; ++version) {
      const auto different = static_cast<double>(
          bytes_changed(page_of(content, Frame(5), version), page_of(content, Frame(5), version + 1)));
      EXPECT_GT(different, expected * 0.7 - 4) << changed;
      EXPECT_LT(different, expected * 1.2 + 8) << changed;
    }
  }
}

TEST(Content, ManyWritesChangeTheWholePage) {
  const Content content({0, 0, 0, 1}, 1, 0.1);
  EXPECT_GT(bytes_changed(page_of(content, Frame(5), 1), page_of(content, Frame(5), 11)), 4000u);
}

TEST(Content, AWrittenZeroPageIsNotZero) {
  const Content content({1, 0, 0, 0}, 1, 0.01);
  EXPECT_TRUE(content.is_zero(Frame(1), 0));
  EXPECT_EQ(page_of(content, Frame(1)), ByteVector(page_size.value));
  EXPECT_FALSE(content.is_zero(Frame(1), 1));
  EXPECT_NE(page_of(content, Frame(1), 1), ByteVector(page_size.value));
}

// ---- writes of several kinds
TEST(WriteMix, HasItsShares) {
  const WriteMix mix{.text = 0.4, .counters = 0.3, .random = 0.2, .freed = 0.1};
  const Content content({0, 0, 1, 0}, 1, 0.1, mix);
  std::map<WriteKind, double> share;
  for (std::uint64_t frame = 0; frame < 1000; ++frame)
    for (std::uint32_t version = 1; version <= 100; ++version)
      share[content.kind_of(Frame(frame), version)] += 1.0 / 100'000;
  EXPECT_NEAR(share[WriteKind::text], mix.text, 0.01);
  EXPECT_NEAR(share[WriteKind::counters], mix.counters, 0.01);
  EXPECT_NEAR(share[WriteKind::random], mix.random, 0.01);
  EXPECT_NEAR(share[WriteKind::freed], mix.freed, 0.01);
}

// Made of (seed, frame, version) alone, a page is what it was before with one write on top.
TEST(WriteMix, EachWriteChangesItsPartOrFreesThePage) {
  const ByteVector zero(page_size.value);
  for (const double changed : {0.02, 0.25, 1.0})
    for (const WriteMix& mix : {WriteMix{0.4, 0.3, 0.2, 0.1}, WriteMix{0.1, 0.1, 0.1, 0.7}, WriteMix{0, 1, 0, 0}}) {
      const Content content({0.3, 0.4, 0.2, 0.1}, 1, changed, mix);
      for (std::uint64_t frame = 0; frame < 8; ++frame) {
        ByteVector before = page_of(content, Frame(frame));
        for (std::uint32_t version = 1; version <= 120; ++version) {
          const ByteVector now = page_of(content, Frame(frame), version);
          EXPECT_EQ(content.is_zero(Frame(frame), version), content.kind_of(Frame(frame), version) == WriteKind::freed);
          if (content.is_zero(Frame(frame), version)) {
            ASSERT_EQ(now, zero);
          } else {
            const auto different = static_cast<double>(bytes_changed(before, now));
            ASSERT_GT(different, 0);
            ASSERT_LE(different, 4096 * changed * 1.2 + 8) << "frame " << frame << ", version " << version;
          }
          before = now;
        }
      }
    }
}

TEST(WriteMix, ACounterLeavesMostOfItsRecordAsItWas) {
  const Content content({0, 0, 1, 0}, 1, 1, WriteMix{.counters = 1});
  for (std::uint32_t version = 1; version < 300; ++version) {
    const auto different = bytes_changed(page_of(content, Frame(3), version), page_of(content, Frame(3), version + 1));
    EXPECT_GE(different, 4096u / 32);
    EXPECT_LE(different, 4096u / 32 * 3);
  }
}

TEST(WriteMix, IsAsCompressibleAsItSays) {
  const auto ratio = [](const WriteMix& mix) {
    const Content content({0, 0, 0, 1}, 1, 1, mix);
    ByteVector all;
    for (std::uint64_t i = 0; i < 128; ++i) {
      const ByteVector page = page_of(content, Frame(i), 1);
      all.insert(all.end(), page.begin(), page.end());
    }
    ByteVector packed(ZSTD_compressBound(all.size()));
    return static_cast<double>(all.size()) /
           static_cast<double>(ZSTD_compress(packed.data(), packed.size(), all.data(), all.size(), 1));
  };
  EXPECT_GT(ratio({.text = 1}), 3);
  EXPECT_GT(ratio({.counters = 1}), 2);
  EXPECT_LT(ratio({.random = 1}), 1.01);
}

TEST(WriteMix, RefusesSharesThatDoNotSumToOne) {
  EXPECT_TRUE((WriteMix{0.25, 0.25, 0.25, 0.25}.check()));
  EXPECT_FALSE((WriteMix{0.5, 0, 0, 0}.check()));
  EXPECT_FALSE((WriteMix{1.5, -0.5, 0, 0}.check()));
  EXPECT_FALSE(Blueprint::make({.memory = MiB(16), .writes = WriteMix{}}));
}

TEST(Content, BeginsAsItsImage) {
  ByteVector bytes(page_size.value + 100);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7 + 1);
  const Content content(Slice::copy_of(bytes), 1, 0.1);
  EXPECT_EQ(page_of(content, Frame(0)), ByteVector(bytes.begin(), bytes.begin() + 4096));
  ByteVector second(bytes.begin() + 4096, bytes.end());
  second.resize(page_size.value);
  EXPECT_EQ(page_of(content, Frame(1)), second);
  EXPECT_TRUE(content.is_zero(Frame(2), 0));
  EXPECT_NE(page_of(content, Frame(0), 1), page_of(content, Frame(0)));
}

TEST(ContentProfile, RefusesSharesThatDoNotSumToOne) {
  EXPECT_TRUE((ContentProfile{0.25, 0.25, 0.25, 0.25}.check()));
  EXPECT_FALSE((ContentProfile{0.5, 0.5, 0.5, 0}.check()));
  EXPECT_FALSE((ContentProfile{1.5, -0.5, 0, 0}.check()));
}

TEST(Image, IsMappedFromAFile) {
  const std::string path = ::testing::TempDir() + "dwcp-image-test";
  std::ofstream(path) << "memory";
  const Result<Slice> image = map_image(path);
  ASSERT_TRUE(image) << image.error().message();
  EXPECT_EQ(as_text(image->bytes()), "memory");
  std::ofstream(path, std::ios::trunc).close();
  EXPECT_EQ(map_image(path).error().code, make_error_code(Errc::bad_value));
  std::filesystem::remove(path);
  EXPECT_EQ(map_image(path).error().code, make_error_code(Errc::not_found));
}

TEST(Blueprint, RefusesWhatCannotBe) {
  EXPECT_TRUE(Blueprint::make({.memory = MiB(16)}));
  EXPECT_FALSE(Blueprint::make({.memory = Bytes(5000)}));
  EXPECT_FALSE(Blueprint::make({.memory = MiB(16), .changed = 0}));
  EXPECT_FALSE(Blueprint::make({.memory = MiB(16), .vcpus = 0}));
  EXPECT_FALSE(Blueprint::make({.memory = page_size, .image = Slice::copy_of(ByteVector(5000))}));
  EXPECT_FALSE(Blueprint::make({.memory = MiB(16), .dirty = {.pattern = DirtyPattern::bursty, .burst = 0}}));
}

TEST(Blueprint, FindsEveryFramesPlace) {
  const auto blueprint = Blueprint::make({.memory = MiB(1)}).value();
  for (Frame frame(0); frame.value < blueprint->frames(); ++frame) {
    const auto [block, page] = blueprint->place(frame);
    ASSERT_LT(page.value, blueprint->ram().blocks[block.value].pages());
    ASSERT_EQ(blueprint->frame(block, page), frame);
  }
}

}  // namespace
}  // namespace dwcp::model
