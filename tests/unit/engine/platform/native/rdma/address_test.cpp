#include "engine/platform/native/rdma/address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "engine/platform/queue_pair.hpp"

namespace dwcp::platform::native::rdma {
namespace {

PairAddress some_address() {
  PairAddress a;
  for (std::size_t i = 0; i < a.gid.size(); ++i) a.gid[i] = static_cast<std::byte>(i + 1);
  a.number = 0x123456;
  a.first_packet = 0xabcdef;
  a.mtu = 5;
  a.memory = 0x7f0123456000;
  a.length = 1 << 20;
  a.key = 0xdeadbeef;
  return a;
}

void expect_refused(const PairAddress& a, const char* word) {
  const auto read = read_address(write_address(a));
  ASSERT_FALSE(read) << word;
  EXPECT_EQ(read.error().code, make_error_code(Errc::bad_value));
  EXPECT_THAT(read.error().detail, ::testing::HasSubstr(word));
}

TEST(RdmaAddress, ComesBackAsItWasWritten) {
  const ByteVector bytes = write_address(some_address());
  EXPECT_LE(bytes.size(), QueuePair::address_max);
  const auto read = read_address(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, some_address());
}

TEST(RdmaAddress, NamesTheFieldThatIsWrong) {
  auto with = [](auto change) {
    PairAddress a = some_address();
    change(a);
    return a;
  };
  expect_refused(with([](PairAddress& a) { a.gid = {}; }), "GID");
  expect_refused(with([](PairAddress& a) { a.gid[0] = std::byte{0xff}; }), "GID");
  expect_refused(with([](PairAddress& a) { a.number = 1; }), "queue pair number 1 ");
  expect_refused(with([](PairAddress& a) { a.number = 1U << 24; }), "queue pair number 16777216 ");
  expect_refused(with([](PairAddress& a) { a.first_packet = 1U << 24; }), "packet number 16777216 ");
  expect_refused(with([](PairAddress& a) { a.mtu = 0; }), "MTU number 0 ");
  expect_refused(with([](PairAddress& a) { a.mtu = 6; }), "MTU number 6 ");
  expect_refused(with([](PairAddress& a) { a.length = 0; }), "memory of 0 bytes");
  expect_refused(with([](PairAddress& a) { a.length = ~std::uint64_t{0} - a.memory + 1; }), "64 bits");
}

// Whatever the bytes are: an address within its ranges, or an error.
TEST(RdmaAddress, ForeignBytesAreReadOrRefused) {
  Random random(1, "foreign");
  const ByteVector right = write_address(some_address());
  int refused = 0, taken = 0;
  for (int i = 0; i < 20000; ++i) {
    ByteVector bytes = right;
    bytes[random.below(bytes.size())] = static_cast<std::byte>(random.below(256));
    if (random.chance(0.2)) bytes.resize(random.below(2 * right.size()));
    const auto read = read_address(bytes);
    if (!read) {
      ++refused;
      EXPECT_EQ(read.error().code, make_error_code(Errc::bad_value));
      continue;
    }
    ++taken;
    EXPECT_EQ(write_address(*read), bytes);
    EXPECT_LT(read->number, 1U << 24);
    EXPECT_GE(read->memory + read->length, read->memory);
  }
  EXPECT_GT(refused, 100);
  EXPECT_GT(taken, 100);
}

}  // namespace
}  // namespace dwcp::platform::native::rdma
