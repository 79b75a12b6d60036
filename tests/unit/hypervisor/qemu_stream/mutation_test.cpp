// The fuzz target's check on valid streams that were damaged by a seeded mutator, for a bounded number of rounds.
#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "tests/fuzz/qemu_stream/check.hpp"
#include "tests/unit/hypervisor/qemu_stream/streams.hpp"

namespace dwcp::qemu_stream::testing {
namespace {

// One to four of: a changed byte, a flipped bit, a piece left out, a piece said twice, an early end. Half of them hit
// the first kilobyte, where the structure is dense.
ByteVector damaged(ByteVector stream, Random& random) {
  const std::uint64_t wounds = 1 + random.below(4);
  for (std::uint64_t i = 0; i < wounds && !stream.empty(); ++i) {
    const std::size_t reach = random.chance(0.5) ? std::min<std::size_t>(stream.size(), 1024) : stream.size();
    const auto at = static_cast<std::ptrdiff_t>(random.below(reach));
    const auto length = static_cast<std::ptrdiff_t>(
        std::min<std::uint64_t>(1 + random.below(64), stream.size() - static_cast<std::size_t>(at)));
    const auto begin = stream.begin() + at;
    switch (random.below(5)) {
      case 0:
        *begin = static_cast<std::byte>(random.below(256));
        break;
      case 1:
        *begin ^= static_cast<std::byte>(1u << random.below(8));
        break;
      case 2:
        stream.erase(begin, begin + length);
        break;
      case 3: {
        const ByteVector piece(begin, begin + length);
        stream.insert(begin, piece.begin(), piece.end());
        break;
      }
      default:
        stream.resize(static_cast<std::size_t>(at));
    }
  }
  return stream;
}

class Mutation : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Mutation, NeverBreaksReaderOrWriter) {
  Random random(GetParam());
  const ByteVector valid = small_stream();
  int refused = 0;
  for (int round = 0; round < 500; ++round) {
    const ByteVector stream = damaged(valid, random);
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
