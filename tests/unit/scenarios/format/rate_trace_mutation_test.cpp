// The fuzz target's check on good traces that were damaged by a seeded mutator, for a bounded number of rounds.
#include <gtest/gtest.h>

#include "tests/fuzz/damaged.hpp"
#include "tests/fuzz/rate_trace/check.hpp"

namespace dwcp::fuzz {
namespace {

TEST(RateTraceMutation, ExamplesHold) {
  for (const ByteVector& good : rate_trace_examples()) EXPECT_EQ(check_rate_trace(good), "");
}

TEST(RateTraceMutation, NeverBreaksTheParser) {
  Random random(1);
  for (const ByteVector& good : rate_trace_examples())
    for (int round = 0; round < 2'000; ++round) {
      const ByteVector bytes = damaged(good, 0, random);
      ASSERT_EQ(check_rate_trace(bytes), "") << "round " << round << ": " << as_text(bytes);
    }
}

}  // namespace
}  // namespace dwcp::fuzz
