// The fuzz target's checks on good bytes that were damaged by a seeded mutator, for a bounded number of rounds.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/random.hpp"
#include "tests/fuzz/libvirt/check.hpp"

namespace dwcp::libvirt::testing {
namespace {

// One to four of: a changed byte, a flipped bit, a piece left out, a piece said twice, an early end. The first byte,
// which chooses the check, stays.
ByteVector damaged(ByteVector bytes, Random& random) {
  const std::uint64_t wounds = 1 + random.below(4);
  for (std::uint64_t i = 0; i < wounds && bytes.size() > 1; ++i) {
    const std::size_t at = 1 + random.below(bytes.size() - 1);
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end =
        begin + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(1 + random.below(64), bytes.size() - at));
    switch (random.below(5)) {
      case 0:
        *begin = static_cast<std::byte>(random.below(256));
        break;
      case 1:
        *begin ^= static_cast<std::byte>(1u << random.below(8));
        break;
      case 2:
        bytes.erase(begin, end);
        break;
      case 3: {
        const ByteVector piece(begin, end);
        bytes.insert(begin, piece.begin(), piece.end());
        break;
      }
      default:
        bytes.resize(at);
    }
  }
  return bytes;
}

TEST(Examples, Hold) {
  for (const ByteVector& good : examples()) EXPECT_EQ(check_bytes(good), "");
}

class Mutation : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Mutation, NeverBreaksAParser) {
  const ByteVector good = examples()[GetParam()];
  Random random(1 + GetParam());
  for (int round = 0; round < 10'000; ++round)
    ASSERT_EQ(check_bytes(damaged(good, random)), "") << "example " << GetParam() << ", round " << round;
}
INSTANTIATE_TEST_SUITE_P(Libvirt, Mutation, ::testing::Range(std::size_t{0}, examples().size()));

}  // namespace
}  // namespace dwcp::libvirt::testing
