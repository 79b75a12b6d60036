// The fuzz target's check on valid streams that were damaged by a seeded mutator, for a bounded number of rounds.
#include <gtest/gtest.h>

#include "tests/fuzz/damaged.hpp"
#include "tests/fuzz/qemu_stream/check.hpp"
#include "tests/unit/hypervisor/qemu_stream/streams.hpp"

namespace dwcp::qemu_stream::testing {
namespace {

constexpr std::size_t dense = 1024;  // bytes at the beginning

class Mutation : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Mutation, NeverBreaksReaderOrWriter) {
  Random random(GetParam());
  const ByteVector valid = small_stream();
  int refused = 0;
  for (int round = 0; round < 500; ++round) {
    const ByteVector stream = fuzz::damaged(valid, 0, random, dense);
    ASSERT_EQ(check_stream(stream, random()), "") << "seed " << GetParam() << ", round " << round;
    Reading reading;
    read_whole(stream, reading);
    refused += !reading.outcome;
  }
  // Most wounds hit the structure; wounds within pages and device state cannot be seen here.
  EXPECT_GT(refused, 250);
  EXPECT_LT(refused, 500);
}
INSTANTIATE_TEST_SUITE_P(QemuStream, Mutation, ::testing::Range(std::uint64_t{1}, std::uint64_t{9}));

}  // namespace
}  // namespace dwcp::qemu_stream::testing
