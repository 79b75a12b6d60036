#include "bench/peers/encoding/xbzrle.hpp"

#include <gmock/gmock.h>

#include "engine/base/random.hpp"

namespace dwcp::bench {
namespace {

ByteVector page_with(std::size_t at, std::initializer_list<int> bytes) {
  ByteVector page(4096);
  for (const int byte : bytes) page[at++] = static_cast<std::byte>(byte);
  return page;
}

ByteVector encoded(const ByteVector& before, const ByteVector& now) {
  ByteVector out(4096);
  out.resize(xbzrle_encode(before, now, out).value());
  return out;
}

// From the format's own description, QEMU's docs/xbzrle.txt.
TEST(Xbzrle, DocumentedExample) {
  const ByteVector before = page_with(1001, {0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
                                             0x10, 0x11, 0x12, 0x13, 0x68, 0x00, 0x00, 0x6b, 0x00, 0x6d});
  const ByteVector now = page_with(1001, {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b,
                                          0x0c, 0x0d, 0x0e, 0x0f, 0x68, 0x00, 0x00, 0x67, 0x00, 0x69});
  const ByteVector expected = page_with(0, {0xe9, 0x07, 0x0f, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
                                            0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x03, 0x01, 0x67, 0x01, 0x01, 0x69});
  EXPECT_EQ(encoded(before, now), ByteVector(expected.begin(), expected.begin() + 24));
}

TEST(Xbzrle, EqualPagesTakeNothing) {
  const ByteVector page = page_with(7, {1, 2, 3});
  EXPECT_THAT(encoded(page, page), testing::IsEmpty());
}

TEST(Xbzrle, DecodesToWhatWasEncoded) {
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    ByteVector before(4096), out(4096);
    for (auto& byte : before) byte = static_cast<std::byte>(random.below(4));
    ByteVector now = before;
    for (std::uint64_t changes = random.below(40); changes > 0; --changes) {
      const std::size_t at = random.below(4096), length = random.below(std::min<std::size_t>(4097 - at, 30));
      for (std::size_t i = at; i < at + length; ++i) now[i] = static_cast<std::byte>(random.below(4));
    }
    const auto length = xbzrle_encode(before, now, out);
    ASSERT_TRUE(length);
    ByteVector page = before;
    EXPECT_TRUE(xbzrle_decode(ByteSpan(out).first(*length), page));
    EXPECT_EQ(page, now);
  }
}

TEST(Xbzrle, PageThatDoesNotShrinkOverflows) {
  const ByteVector before(4096);
  ByteVector now(4096), out(4096);
  for (std::size_t i = 0; i < now.size(); i += 2) now[i] = std::byte{1};
  EXPECT_FALSE(xbzrle_encode(before, now, out));
}

TEST(Xbzrle, ForeignBytesAreRefused) {
  ByteVector page(4096);
  EXPECT_FALSE(xbzrle_decode(as_bytes("\x01"), page));                                 // no changed run
  EXPECT_FALSE(xbzrle_decode(as_bytes("\x01\x03xy"), page));                           // too few bytes of it
  EXPECT_FALSE(xbzrle_decode(as_bytes(std::string_view("\xff\x1f\x02xy", 5)), page));  // behind the page
  EXPECT_FALSE(xbzrle_decode(as_bytes("\xff\xff\xff\xff"), page));                     // a number without an end
}

}  // namespace
}  // namespace dwcp::bench
