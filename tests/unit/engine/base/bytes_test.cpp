#include "engine/base/bytes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dwcp {
namespace {

using testing::ElementsAre;

constexpr std::byte operator""_b(unsigned long long value) { return static_cast<std::byte>(value); }

TEST(Fields, AreLittleEndianAndUnpadded) {
  FieldWriter writer;
  writer.put(std::uint8_t{1}).put(std::uint32_t{0x01020304}).put_text("ab");
  EXPECT_THAT(writer.take(), ElementsAre(1_b, 4_b, 3_b, 2_b, 1_b, 2_b, 0_b, 0x61_b, 0x62_b));
}

TEST(Fields, ComeBackInOrder) {
  const ByteVector message = FieldWriter()
                                 .put(std::uint64_t{1} << 63)
                                 .put(std::int32_t{-5})
                                 .put_text("node-7")
                                 .put_bytes(as_bytes("tail"))
                                 .take();
  FieldReader reader(message);
  EXPECT_EQ(reader.get<std::uint64_t>(), std::uint64_t{1} << 63);
  EXPECT_EQ(reader.get<std::int32_t>(), -5);
  EXPECT_EQ(reader.get_text(), "node-7");
  EXPECT_EQ(as_text(reader.get_bytes(4)), "tail");
  EXPECT_TRUE(reader.ok());
  EXPECT_TRUE(reader.at_end());
}

TEST(Fields, ReadingPastTheEndYieldsZeroesAndIsRemembered) {
  const ByteVector message = FieldWriter().put(std::uint16_t{7}).take();
  FieldReader reader(message);
  EXPECT_EQ(reader.get<std::uint32_t>(), 0u);
  EXPECT_FALSE(reader.ok());
  // What is left must not be read as if it stood somewhere else.
  EXPECT_EQ(reader.get<std::uint16_t>(), 0u);
  EXPECT_FALSE(reader.ok());
}

TEST(Fields, TextLongerThanTheMessageIsRefused) {
  const ByteVector message = FieldWriter().put(std::uint16_t{100}).put_bytes(as_bytes("short")).take();
  FieldReader reader(message);
  EXPECT_EQ(reader.get_text(), "");
  EXPECT_FALSE(reader.ok());
}

TEST(Endian, BigAndLittleAreMirrored) {
  std::array<std::byte, 4> bytes{};
  store_be(bytes.data(), std::uint32_t{0x51454d56});
  EXPECT_EQ(as_text(bytes), "QEMV");
  EXPECT_EQ(load_be<std::uint32_t>(bytes.data()), 0x51454d56u);
  EXPECT_EQ(load_le<std::uint32_t>(bytes.data()), 0x564d4551u);
}

TEST(Slice, KeepsItsBytesAliveThroughParts) {
  Slice part;
  {
    const Slice whole = Slice::copy_of(as_bytes("hello, world"));
    part = whole.sub(7, 5);
  }
  EXPECT_EQ(as_text(part.bytes()), "world");
  EXPECT_EQ(part.size(), 5u);
}

TEST(Slice, AdoptsWithoutCopying) {
  ByteVector bytes(100, 7_b);
  const std::byte* address = bytes.data();
  EXPECT_EQ(Slice::adopt(std::move(bytes)).bytes().data(), address);
}

TEST(Slice, IsEmptyByDefault) { EXPECT_TRUE(Slice().empty()); }

}  // namespace
}  // namespace dwcp
