#include "engine/hde/kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/engine/hde/pages.hpp"

namespace dwcp::hde {
namespace {

// All forms, so that the portable one is tested on machines that would never take it.
class EveryKernel : public ::testing::TestWithParam<const Kernels*> {};
constexpr const char* kernel_names[] = {"portable", "avx2", "avx512"};
INSTANTIATE_TEST_SUITE_P(Forms, EveryKernel, ::testing::ValuesIn(all_kernels()),
                         [](const auto& form) { return kernel_names[form.index]; });

TEST_P(EveryKernel, OneByteAnywhereMakesAPageNotZero) {
  std::vector<std::byte> room(page_bytes + 1);
  for (std::size_t shift : {0u, 1u}) {  // no alignment is needed
    std::byte* const page = room.data() + shift;
    EXPECT_TRUE(GetParam()->is_zero(page));
    for (std::size_t at = 0; at < page_bytes; ++at) {
      page[at] = std::byte{0x80};
      EXPECT_FALSE(GetParam()->is_zero(page)) << "byte " << at;
      page[at] = std::byte{0};
    }
  }
}

TEST_P(EveryKernel, DifferenceMarksExactlyTheBytesThatDiffer) {
  Random random(1);
  ByteVector a(page_bytes), b(page_bytes);
  for (const std::uint64_t changes : {0u, 1u, 7u, 300u, 4096u}) {
    testing::fill_page(testing::Content::noise, random, a);
    b = a;
    for (std::uint64_t i = 0; i < changes; ++i)
      b[changes == page_bytes ? i : random.below(page_bytes)] ^= static_cast<std::byte>(1u << random.below(8));
    std::uint64_t mask[mask_words];
    const std::size_t count = GetParam()->difference(a.data(), b.data(), mask);
    std::size_t expected = 0;
    for (std::size_t at = 0; at < page_bytes; ++at) {
      EXPECT_EQ((mask[at / 64] >> (at % 64) & 1) != 0, a[at] != b[at]) << "byte " << at;
      expected += a[at] != b[at] ? 1 : 0;
    }
    EXPECT_EQ(count, expected);
  }
}

// What is equal has its anchors at the same places, wherever it lies; zeroes have none.
TEST_P(EveryKernel, AnchorsAreWhereTheContentSays) {
  Random random(3);
  ByteVector bytes(64 * page_bytes);
  for (std::size_t page = 0; page < 64; ++page)
    testing::fill_page(testing::all_contents[page % testing::all_contents.size()], random,
                       MutableByteSpan(bytes).subspan(page * page_bytes, page_bytes));
  const auto anchors = [](const Kernels& with, ByteSpan in) {
    std::vector<std::uint32_t> places(in.size() / anchor_gap_min + 1);
    places.resize(with.anchors(in.data(), in.size(), places.data()));
    return places;
  };
  for (const std::size_t size : {0u, 31u, 32u, 39u, 64u, 71u, 4096u, 4133u, 64u * 4096u}) {
    const auto found = anchors(*GetParam(), ByteSpan(bytes).last(size));
    EXPECT_EQ(found, anchors(*all_kernels().front(), ByteSpan(bytes).last(size))) << size;
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_LE(found[i] + anchor_key_bytes, size);
      if (i == 0) continue;
      EXPECT_GE(found[i] - found[i - 1], anchor_gap_min);
    }
  }
  const auto all = anchors(*GetParam(), bytes);
  EXPECT_NEAR(static_cast<double>(bytes.size()) / static_cast<double>(all.size()), anchor_distance, anchor_distance);
  // Moved by 5 bytes: the same, but for the first few, whose predecessors are missing.
  const auto moved = anchors(*GetParam(), ByteSpan(bytes).subspan(5));
  std::size_t same = 0;
  for (const std::uint32_t place : moved) same += std::ranges::binary_search(all, place + 5) ? 1 : 0;
  EXPECT_GT(same + 3, moved.size());
  EXPECT_TRUE(anchors(*GetParam(), ByteVector(page_bytes)).empty());
}

TEST_P(EveryKernel, HashIsTheOneOfBase) {
  Random random(2);
  ByteVector page(page_bytes);
  testing::fill_page(testing::Content::noise, random, page);
  EXPECT_EQ(GetParam()->hash(page.data()), hash128(page));
}

}  // namespace
}  // namespace dwcp::hde
