// The fuzz target's checks on good bytes that were damaged by a seeded mutator, for a bounded number of rounds.
#include <gtest/gtest.h>

#include "tests/fuzz/damaged.hpp"
#include "tests/fuzz/libvirt/check.hpp"

namespace dwcp::libvirt::testing {
namespace {

TEST(Examples, Hold) {
  for (const ByteVector& good : examples()) EXPECT_EQ(check_bytes(good), "");
}

class Mutation : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Mutation, NeverBreaksAParser) {
  const ByteVector good = examples()[GetParam()];
  Random random(1 + GetParam());
  for (int round = 0; round < 10'000; ++round)  // the first byte chooses the check, and stays
    ASSERT_EQ(check_bytes(fuzz::damaged(good, 1, random)), "") << "example " << GetParam() << ", round " << round;
}
INSTANTIATE_TEST_SUITE_P(Libvirt, Mutation, ::testing::Range(std::size_t{0}, examples().size()));

}  // namespace
}  // namespace dwcp::libvirt::testing
