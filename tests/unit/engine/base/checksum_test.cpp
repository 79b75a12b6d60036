#include "engine/base/checksum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace dwcp {
namespace {

ByteVector ascending(std::size_t size) {
  ByteVector bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i & 0xff);
  return bytes;
}

// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
TEST(Crc32c, KnownVectors) {
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283u);
  EXPECT_EQ(crc32c(ByteVector(32)), 0x8a9136aau);
  EXPECT_EQ(crc32c(ByteVector(32, std::byte{0xff})), 0x62a8ab43u);
  ByteVector bytes = ascending(32);
  EXPECT_EQ(crc32c(bytes), 0x46dd794eu);
  std::reverse(bytes.begin(), bytes.end());
  EXPECT_EQ(crc32c(bytes), 0x113fdb5cu);
  EXPECT_EQ(crc32c({}), 0u);
}

TEST(Crc32c, ContinuesFromASeed) {
  const ByteVector bytes = ascending(10'000);
  const ByteSpan all(bytes);
  for (const std::size_t split : {std::size_t{0}, std::size_t{1}, std::size_t{3072}, std::size_t{9999}})
    EXPECT_EQ(crc32c(all.subspan(split), crc32c(all.first(split))), crc32c(all)) << "split at " << split;
}

// Lengths around the edges of the three-lane loop (3 KiB) and of folding (1 KiB, steps of 256 bytes), at every
// alignment.
TEST(Crc32c, ProcessorAndTableAgree) {
  const ByteVector bytes = ascending(10'000);
  const ByteSpan all(bytes);
  for (const std::size_t length :
       {0, 1, 7, 8, 9, 1023, 1024, 1279, 1280, 1281, 3071, 3072, 3073, 6143, 6144, 6145, 9216, 9990})
    for (std::size_t offset = 0; offset < 8; ++offset)
      ASSERT_EQ(crc32c(all.subspan(offset, length), 42), crc32c_portable(all.subspan(offset, length), 42))
          << length << " bytes at offset " << offset;
}

TEST(Crc32c, SeesEverySingleBitFlip) {
  ByteVector page = ascending(4096);
  const auto correct = crc32c(page);
  for (std::size_t bit = 0; bit < page.size() * 8; bit += 7) {
    page[bit / 8] ^= std::byte{1} << (bit % 8);
    ASSERT_NE(crc32c(page), correct) << "bit " << bit;
    page[bit / 8] ^= std::byte{1} << (bit % 8);
  }
}

// XXH3's published values for the empty input: a change would make every stored digest worthless.
TEST(Hash, KnownVectors) {
  EXPECT_EQ(hash64({}), 0x2d06800538d394c2u);
  EXPECT_EQ(hash128({}), (Hash128{0x6001c324468d497fu, 0x99aa06d3014798d8u}));
}

TEST(Hash, DependsOnSeedAndContent) {
  EXPECT_NE(hash64(as_bytes("a"), 1), hash64(as_bytes("a"), 2));
  EXPECT_NE(hash64(as_bytes("a")), hash64(as_bytes("b")));
  EXPECT_NE(hash128(as_bytes("a")), hash128(as_bytes("b")));
}

}  // namespace
}  // namespace dwcp
