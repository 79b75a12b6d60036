#include "sim/rdma/address.hpp"

#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "engine/platform/queue_pair.hpp"

namespace dwcp::sim::rdma {
namespace {

const PairAddress some{.host = 0x0a000001, .number = 7, .start = 0xfffffe, .key = 0xdeadbeef, .exposed = MiB(3)};

TEST(RdmaAddress, ComesBackAsItWas) {
  const ByteVector bytes = encode(some);
  EXPECT_LE(bytes.size(), platform::QueuePair::address_max);
  EXPECT_EQ(parse_address(bytes).value(), some);
}

TEST(RdmaAddress, EveryChangedBitIsFound) {
  const ByteVector good = encode(some);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    ByteVector bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1 << (bit % 8));
    const auto parsed = parse_address(bad);
    ASSERT_TRUE(parsed.has_error()) << bit;
    EXPECT_EQ(parsed.error().code, Errc::bad_value);
  }
}

TEST(RdmaAddress, RandomBytesOfAnyLengthAreNone) {
  Random random(1, "fuzz");
  for (int i = 0; i < 100'000; ++i) {
    ByteVector bytes(random.below(platform::QueuePair::address_max + 1));
    for (auto& byte : bytes) byte = static_cast<std::byte>(random());
    ASSERT_TRUE(parse_address(bytes).has_error());
  }
}

TEST(RdmaAddress, FieldsOutOfRangeAreNamed) {
  const auto why = [](PairAddress a) { return parse_address(encode(a)).error().detail; };
  PairAddress a = some;
  a.number = 0;
  EXPECT_NE(why(a).find("queue pair number 0"), std::string::npos) << why(a);
  a = some;
  a.start = psn_mask + 1;
  EXPECT_NE(why(a).find("first sequence number 16777216"), std::string::npos) << why(a);
  a = some;
  a.exposed = Bytes(0);
  EXPECT_NE(why(a).find("nothing is exposed"), std::string::npos) << why(a);
}

}  // namespace
}  // namespace dwcp::sim::rdma
