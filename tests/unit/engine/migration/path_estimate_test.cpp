#include "engine/migration/path_estimate.hpp"

#include <gtest/gtest.h>

namespace dwcp::migration {
namespace {

using namespace std::chrono_literals;

constexpr BitRate operator""_Mbit(unsigned long long rate) { return BitRate(rate * 1'000'000); }

struct EstimatedPath {
  PathEstimate estimate{TimePoint{}};
  TimePoint now{};
  bool more = false;  // waits for a stream, at each acknowledgement

  // A second, in which so much was acknowledged.
  void second(BitRate rate, bool full, bool hungry = false, bool destination_limits = false) {
    for (int i = 0; i < 10; ++i) estimate.acknowledged(Bytes(rate.value / 80), more);
    if (full) estimate.was_full();
    estimate.batch_made(hungry);
    now += 1s;
    ASSERT_TRUE(estimate.due(now, 100ms));
    estimate.sample(now, destination_limits);
  }
};

TEST(PathEstimate, NeedsTimeAndAcknowledgements) {
  PathEstimate estimate{TimePoint{}};
  for (int i = 0; i < 7; ++i) estimate.acknowledged(KiB(64), false);
  EXPECT_FALSE(estimate.due(TimePoint(1s), 100ms));
  estimate.acknowledged(KiB(64), false);
  EXPECT_TRUE(estimate.due(TimePoint(1s), 100ms));
  EXPECT_FALSE(estimate.due(TimePoint(50ms), 1ms));
  EXPECT_FALSE(estimate.due(TimePoint(1s), 1500ms));
  EXPECT_EQ(estimate.sample(TimePoint(1s), false), KiB(512));
  EXPECT_FALSE(estimate.due(TimePoint(9s), 100ms));
}

TEST(PathEstimate, AFullPathIsWhatItCarries) {
  EstimatedPath path;
  path.second(80_Mbit, true);
  EXPECT_EQ(path.estimate.carries(), 80_Mbit);
  EXPECT_EQ(path.estimate.may_carry(), 80_Mbit);
  for (int i = 0; i < 30; ++i) path.second(40_Mbit, true);
  EXPECT_NEAR(static_cast<double>(path.estimate.carries().value), 40e6, 1e5);
}

TEST(PathEstimate, OneThatIsNotFullCarriesAtLeastThat) {
  EstimatedPath path;
  path.second(80_Mbit, true);
  path.second(10_Mbit, false);
  EXPECT_EQ(path.estimate.carries(), 80_Mbit);
  for (int i = 0; i < 4; ++i) path.second(120_Mbit, false);
  EXPECT_EQ(path.estimate.carries(), 120_Mbit);
  path.second(4'000_Mbit, false);
  EXPECT_EQ(path.estimate.carries(), 240_Mbit);
}

TEST(PathEstimate, ABurstBehindALullSaysNothing) {
  EstimatedPath path;
  for (int i = 0; i < 4; ++i) path.second(100_Mbit, true);
  for (int i = 0; i < 8; ++i) {
    path.second(20_Mbit, false);
    path.second(180_Mbit, false);
  }
  EXPECT_LE(path.estimate.carries(), 121_Mbit);
}

// The last of a round: nobody waits for room any more, and still the path is what limits.
TEST(PathEstimate, IsFullAsLongAsMoreWaitsForAStream) {
  EstimatedPath path;
  path.more = true;
  for (int i = 0; i < 30; ++i) path.second(i % 2 == 0 ? 60_Mbit : 140_Mbit, false);
  EXPECT_NEAR(static_cast<double>(path.estimate.carries().value), 100e6, 20e6);
}

TEST(PathEstimate, WhereOthersLimitItMayCarryEverMore) {
  EstimatedPath path;
  path.second(80_Mbit, false, true);
  EXPECT_EQ(path.estimate.may_carry(), 640_Mbit);
  path.second(80_Mbit, false, false, true);
  EXPECT_EQ(path.estimate.may_carry(), 1280_Mbit);
  for (int i = 0; i < 9; ++i) path.second(80_Mbit, false, true);
  EXPECT_EQ(path.estimate.may_carry(), 40'000_Mbit);
  path.second(80_Mbit, true);
  EXPECT_EQ(path.estimate.may_carry(), 80_Mbit);
}

TEST(PathEstimate, IsSteadyWhenItHasNotGrownForAWhile) {
  EstimatedPath path;
  for (const BitRate rate : {5_Mbit, 10_Mbit, 20_Mbit, 40_Mbit}) {
    path.second(rate, true);
    EXPECT_FALSE(path.estimate.steady(path.now));
  }
  for (int i = 0; i < 8; ++i) path.second(40_Mbit, true);
  EXPECT_TRUE(path.estimate.steady(path.now));
}

}  // namespace
}  // namespace dwcp::migration
