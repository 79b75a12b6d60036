#include "sim/rdma/dcqcn.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace dwcp::sim::rdma {
namespace {

using namespace std::chrono_literals;

constexpr BitRate line{40'000'000'000};
constexpr TimePoint at(Duration d) { return TimePoint(d); }
double gigabits(BitRate rate) { return static_cast<double>(rate.value) / 1e9; }

TEST(Dcqcn, BeginsAtTheRateOfTheLink) {
  Dcqcn d(line, at(0s));
  EXPECT_EQ(d.rate(at(0s)), line);
  EXPECT_EQ(d.rate(at(10s)), line);
  EXPECT_FALSE(d.limited());
}

TEST(Dcqcn, TheFirstNotificationHalvesTheRateAndFastRecoveryHalvesTheDistance) {
  Dcqcn d(line, at(0s));
  d.on_notification(at(0s));
  EXPECT_NEAR(gigabits(d.rate(at(0s))), 20, 1e-6);
  EXPECT_NEAR(gigabits(d.rate(at(54us))), 20, 1e-6);
  EXPECT_NEAR(gigabits(d.rate(at(55us))), 30, 1e-6);
  EXPECT_NEAR(gigabits(d.rate(at(110us))), 35, 1e-6);
  EXPECT_NEAR(gigabits(d.rate(at(220us))), 38.75, 1e-6);
}

TEST(Dcqcn, AlphaFallsEachPeriodWithoutNotificationAndRisesWithEach) {
  Dcqcn d(line, at(0s));
  d.on_notification(at(0s));
  EXPECT_DOUBLE_EQ(d.alpha(at(0s)), 1);
  EXPECT_NEAR(d.alpha(at(55us * 100 + 1us)), std::pow(255.0 / 256, 100), 1e-12);
  const double before = d.alpha(at(55us * 200));
  d.on_notification(at(55us * 200));
  EXPECT_NEAR(d.alpha(at(55us * 200)), before * 255 / 256 + 1.0 / 256, 1e-12);
}

TEST(Dcqcn, TheSmallerAlphaTheSmallerTheCut) {
  Dcqcn d(line, at(0s));
  d.on_notification(at(0s));
  const TimePoint later = at(100ms);
  ASSERT_EQ(d.rate(later), line);
  const double alpha = d.alpha(later);
  ASSERT_LT(alpha, 0.01);
  d.on_notification(later);
  EXPECT_NEAR(gigabits(d.rate(later)), 40 * (1 - alpha / 2), 1e-6);
}

// By the timer alone: five halvings, then 1/1000 of the link a step; by both counters, 1/100.
TEST(Dcqcn, IncreasesAdditivelyByOneCounterAndHyperByBoth) {
  const auto after_two_cuts = [] {
    Dcqcn d(line, at(0s));
    d.on_notification(at(0s));
    d.on_notification(at(0s));  // target 20, rate 10
    return d;
  };
  Dcqcn timer = after_two_cuts();
  EXPECT_LT(gigabits(timer.rate(at(55us * 4))), 20);
  const double a = gigabits(timer.rate(at(55us * 30))), b = gigabits(timer.rate(at(55us * 31)));
  EXPECT_NEAR(b - a, 0.04, 0.001);

  Dcqcn both = after_two_cuts();
  for (int i = 1; i <= 8; ++i) both.on_sent(Bytes(10'000'000), at(55us * i));  // one period of each counter
  const double c = gigabits(both.rate(at(55us * 8)));
  EXPECT_GT(c, 20.4);
  Dcqcn one = after_two_cuts();
  EXPECT_LT(gigabits(one.rate(at(55us * 8))), 20.2);
}

TEST(Dcqcn, TheRateHasALeastAndComesBack) {
  Dcqcn d(line, at(0s));
  for (int i = 0; i < 100; ++i) d.on_notification(at(i * 50us));
  EXPECT_NEAR(gigabits(d.rate(at(5ms))), 0.04, 0.005);
  EXPECT_EQ(d.rate(at(200ms)), line);
}

TEST(Dcqcn, FollowsTheLink) {
  Dcqcn d(line, at(0s));
  d.set_line(BitRate(10'000'000'000));
  EXPECT_EQ(d.rate(at(0s)), BitRate(10'000'000'000));
  d.on_notification(at(0s));
  d.set_line(line);
  EXPECT_NEAR(gigabits(d.rate(at(0s))), 5, 1e-6);
  EXPECT_EQ(d.rate(at(1s)), line);
}

}  // namespace
}  // namespace dwcp::sim::rdma
