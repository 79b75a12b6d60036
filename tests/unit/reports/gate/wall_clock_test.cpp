#include "reports/gate/wall_clock.hpp"

#include <gtest/gtest.h>

#include "engine/base/random.hpp"

namespace dwcp::reports {
namespace {

std::vector<double> times_around(Random& random, double middle, std::size_t count) {
  std::vector<double> times;
  for (std::size_t i = 0; i < count; ++i) times.push_back(middle * (1 + random.exponential(0.08)));
  return times;
}

WallCheck one(const std::vector<double>& before, const std::vector<double>& now) {
  return check_wall({{"case", "run.wall_time_s", before, now}}, {}).front();
}

TEST(WallClock, TwiceAsLongIsFoundInFiveOfEach) {
  Random random(1);
  const WallCheck check = one(times_around(random, 1, 5), times_around(random, 2, 5));
  EXPECT_EQ(check.outcome, WallOutcome::regression);
  EXPECT_NEAR(check.ratio, 2, 0.3);
}

TEST(WallClock, OneOrFourSamplesDecideNothing) {
  for (const std::size_t n : {1, 2, 4}) {
    const WallCheck check = one(std::vector<double>(n, 1.0), std::vector<double>(n, 100.0));
    EXPECT_EQ(check.outcome, WallOutcome::told) << n;
    EXPECT_EQ(check.why, "too few") << n;
  }
  EXPECT_EQ(one({1, 1, 1, 1, 1, 1, 1, 1}, {9}).why, "too few");
}

TEST(WallClock, TheSameTwiceIsNoise) {
  Random random(2);
  for (int trial = 0; trial < 50; ++trial)
    EXPECT_NE(one(times_around(random, 1, 20), times_around(random, 1, 20)).outcome, WallOutcome::regression);
}

TEST(WallClock, LessThanTheLimitIsPublished) {
  Random random(3);
  std::vector<double> before, now;
  for (int i = 0; i < 60; ++i) {
    before.push_back(1 + 0.01 * random.uniform());
    now.push_back(1.05 + 0.01 * random.uniform());
  }
  const WallCheck check = one(before, now);
  EXPECT_EQ(check.outcome, WallOutcome::told);
  EXPECT_EQ(check.why, "within the limit");
  EXPECT_LT(check.p_adjusted, 0.001);
}

TEST(WallClock, FasterIsAnImprovement) {
  Random random(4);
  EXPECT_EQ(one(times_around(random, 2, 10), times_around(random, 1, 10)).outcome, WallOutcome::improvement);
}

TEST(WallClock, ManySeriesOfNoiseStayNoise) {
  Random random(5);
  std::vector<WallSeries> series;
  for (int i = 0; i < 300; ++i)
    series.push_back({std::to_string(i), "run.wall_time_s", times_around(random, 1, 6), times_around(random, 1, 6)});
  for (const WallCheck& check : check_wall(series, {.level = 0.01, .limit = 0}))
    EXPECT_EQ(check.outcome, WallOutcome::told);
}

}  // namespace
}  // namespace dwcp::reports
