#include "sim/rdma/packet.hpp"

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace dwcp::sim::rdma {
namespace {

TEST(RdmaPacket, HeadersComeBackAsTheyWere) {
  const struct {
    Header header;
    std::size_t size;  // with 4 of the invariant CRC
  } cases[] = {
      {{.opcode = Opcode::write_first, .destination = 1, .psn = 0xffffff, .address = 1ull << 40, .key = 2, .length = 3},
       32},
      {{.opcode = Opcode::write_middle, .ack_request = true, .destination = number_max, .psn = 0}, 16},
      {{.opcode = Opcode::write_last, .ack_request = true, .destination = 9, .psn = 5, .immediate = 0xfffffffe}, 20},
      {{.opcode = Opcode::write_only, .destination = 9, .address = 4, .key = 5, .length = 6, .immediate = 7}, 36},
      {{.opcode = Opcode::acknowledge, .destination = 9, .psn = 5, .syndrome = Syndrome::access_error, .messages = 8},
       20},
      {{.opcode = Opcode::congestion, .destination = 9}, 32},
  };
  for (const auto& c : cases) {
    HeaderBytes bytes;
    ASSERT_EQ(encode(c.header, bytes), c.size);
    const auto decoded = decode(ByteSpan(bytes).first(c.size));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->header, c.header);
    EXPECT_EQ(decoded->size, c.size);
    EXPECT_FALSE(decode(ByteSpan(bytes).first(c.size - 1)));
  }
}

// The places of the fields in the specification's figure of the base transport header.
TEST(RdmaPacket, TheBaseTransportHeaderIsThatOfTheSpecification) {
  HeaderBytes bytes;
  encode({.opcode = Opcode::write_last, .ack_request = true, .destination = 0x123456, .psn = 0x789abc}, bytes);
  const unsigned expected[12] = {0x09, 0, 0xff, 0xff, 0, 0x12, 0x34, 0x56, 0x80, 0x78, 0x9a, 0xbc};
  for (int i = 0; i < 12; ++i) EXPECT_EQ(std::to_integer<unsigned>(bytes[i]), expected[i]) << i;
}

TEST(RdmaPacket, AnyBytesAreDecodedOrRefused) {
  Random random(1, "fuzz");
  int decoded = 0;
  for (int i = 0; i < 100'000; ++i) {
    ByteVector bytes(random.below(header_max + 1));
    for (auto& byte : bytes) byte = static_cast<std::byte>(random());
    if (const auto d = decode(bytes)) {
      ++decoded;
      EXPECT_LE(d->size, bytes.size());
    }
  }
  EXPECT_GT(decoded, 100);
}

TEST(RdmaPacket, ThePathMtuIsTheLargestThatFits) {
  EXPECT_EQ(path_mtu(Bytes(9000)), 4096u);
  EXPECT_EQ(path_mtu(Bytes(4160)), 4096u);
  EXPECT_EQ(path_mtu(Bytes(4159)), 2048u);
  EXPECT_EQ(path_mtu(Bytes(1500)), 1024u);
  EXPECT_EQ(path_mtu(Bytes(576)), 512u);
}

TEST(RdmaSequence, NumbersGoOnBeyond24Bits) {
  const Sequence start = first_sequence(0xfffff0);
  EXPECT_EQ(to_psn(start), 0xfffff0u);
  EXPECT_EQ(nearest_sequence(start, 0x000010), start + 0x20);
  EXPECT_EQ(nearest_sequence(start + 0x20, 0xfffff0), start);
  EXPECT_EQ(nearest_sequence(start, 0xffffef), start - 1);
}

}  // namespace
}  // namespace dwcp::sim::rdma
