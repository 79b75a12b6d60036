#include "bench/peers/encoding/timeline.hpp"

#include <gtest/gtest.h>

namespace dwcp::bench {
namespace {

constexpr Link slow{8e6, 0.05};  // a megabyte a second
constexpr Link fast{8e12, 0};

TEST(Timeline, TheLinkLimits) {
  Timeline timeline(slow);
  for (int i = 0; i < 10; ++i) timeline.pass({.encode = 0.01, .decode = 0.01, .wire = 1'000'000, .guest = 1'000'000});
  EXPECT_NEAR(timeline.decoded(), 0.01 + 10 * 1 + 0.025 + 0.01, 1e-9);
  EXPECT_NEAR(timeline.busy().link, 10, 1e-9);
}

TEST(Timeline, TheEncoderLimits) {
  Timeline timeline(fast);
  for (int i = 0; i < 10; ++i)
    timeline.pass({.encode = 0.1, .decode = 0.01, .bookkeeping = 0.05, .wire = 1000, .guest = 1000});
  EXPECT_NEAR(timeline.decoded(), 10 * 0.15 + 0.01, 1e-6);
  EXPECT_NEAR(timeline.busy().encoder, 1.5, 1e-9);
}

TEST(Timeline, TheDecoderLimits) {
  Timeline timeline(fast);
  for (int i = 0; i < 10; ++i) timeline.pass({.encode = 0.01, .decode = 0.1, .wire = 1000, .guest = 1000});
  EXPECT_NEAR(timeline.decoded(), 0.01 + 10 * 0.1, 1e-6);
}

TEST(Timeline, AcknowledgementsComeHalfARoundTripAfterDecoding) {
  Timeline timeline(slow);
  EXPECT_NEAR(timeline.pass({.encode = 0.1, .decode = 0.2, .wire = 500'000, .guest = 1000}),
              0.1 + 0.5 + 0.025 + 0.2 + 0.025, 1e-9);
}

// 3 MiB may wait in line, and two encoded batches before it.
TEST(Timeline, TheEncoderDoesNotRunAway) {
  Timeline timeline(slow);
  for (int i = 0; i < 20; ++i) timeline.pass({.encode = 0, .decode = 0, .wire = 1 << 20, .guest = 1 << 20});
  const double passed = timeline.can_begin(1 << 20) * 1e6 / (1 << 20);  // batches that the link has carried by then
  EXPECT_GE(passed, 20 - 1 - 3 - 2);
  EXPECT_LE(passed, 20 - 3);
}

TEST(Timeline, TheGuestsPagesAreHeldWithinTheirBudget) {
  Timeline timeline(slow);
  const std::uint64_t half = 100u << 20;
  const double first = timeline.pass({.encode = 0, .decode = 0, .wire = 1000, .guest = half});
  EXPECT_EQ(timeline.can_begin(1000), 0);
  EXPECT_EQ(timeline.can_begin(half), first);
}

TEST(Timeline, DrainingWaitsForTheLastAcknowledgement) {
  Timeline timeline(slow);
  const double acknowledged = timeline.pass({.encode = 0, .decode = 0, .wire = 1000, .guest = 1000});
  timeline.drain();
  EXPECT_EQ(timeline.now(), acknowledged);
}

}  // namespace
}  // namespace dwcp::bench
