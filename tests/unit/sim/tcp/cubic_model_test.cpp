#include "sim/tcp/cubic_model.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/tcp/recovery.hpp"

namespace dwcp::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration round_trip = milliseconds(100);

// `rounds` round trips with a full window and no loss.
std::uint32_t rounds(Cubic& cubic, TimePoint& now, std::uint32_t window, std::uint32_t& threshold, int count,
                     Duration delay = round_trip) {
  static std::uint64_t offset = 0;
  for (int r = 0; r < count; ++r) {
    const std::uint32_t in_round = window;
    for (std::uint32_t i = 0; i < in_round; ++i) {
      now += delay / in_round;
      offset += 1;
      cubic.on_ack({now, delay, offset, offset + window, BitRate(0)}, window, threshold);
      window = cubic.grow(now, window, threshold, 1);
    }
  }
  return window;
}

TEST(Cubic, SlowStartDoublesEachRound) {
  Cubic cubic;
  std::uint32_t threshold = Cubic::threshold_unset;
  EXPECT_EQ(cubic.grow(TimePoint(seconds(1)), 10, threshold, 10), 20u);
  threshold = 25;
  EXPECT_EQ(cubic.grow(TimePoint(seconds(1)), 20, threshold, 5), 25u);
}

TEST(Cubic, ALossTakesThreeTenths) {
  Cubic cubic;
  EXPECT_EQ(cubic.reduce(1000), 700u);
  EXPECT_EQ(cubic.reduce(2), 2u);
}

// RFC 9438: W(t) = C (t - K)^3 + W_max, and at K it is back at W_max.
TEST(Cubic, ReturnsToTheOldMaximumWhenTheFormulaSaysSo) {
  Cubic cubic;
  TimePoint now(seconds(1));
  std::uint32_t threshold = cubic.reduce(1000);
  const double k = std::cbrt((1000 - 700) / 0.4);  // 9.1 s
  std::uint32_t window = rounds(cubic, now, threshold, threshold, static_cast<int>(k / 2 / 0.1));
  EXPECT_NEAR(window, 1000 - 0.4 * std::pow(k / 2, 3), 15);
  window = rounds(cubic, now, window, threshold, static_cast<int>(k / 2 / 0.1));
  EXPECT_NEAR(window, 1000, 15);
  window = rounds(cubic, now, window, threshold, 50);
  EXPECT_NEAR(window, 1000 + 0.4 * std::pow(5, 3), 25);
}

TEST(Cubic, FastConvergenceLeavesRoomForNewcomers) {
  Cubic cubic;
  TimePoint now(seconds(1));
  cubic.reduce(1000);
  std::uint32_t threshold = cubic.reduce(800);  // below the last maximum: the next one is taken lower, 680
  std::uint32_t window = rounds(cubic, now, threshold, threshold, static_cast<int>(std::cbrt((680 - 560) / 0.4) / 0.1));
  EXPECT_NEAR(window, 680, 15);
}

// With a small window Reno would be faster, and CUBIC must not be slower: alpha = 3 (1-b)/(1+b) = 0.53 a round.
TEST(Cubic, IsNoSlowerThanRenoInItsRegion) {
  Cubic cubic;
  TimePoint now(seconds(1));
  std::uint32_t threshold = cubic.reduce(20);
  EXPECT_EQ(threshold, 14u);
  const Duration delay = milliseconds(20);
  const std::uint32_t window = rounds(cubic, now, threshold, threshold, 40, delay);
  EXPECT_NEAR(window, 14 + 0.53 * 40, 4);
}

TEST(Cubic, HystartLeavesSlowStartWhenTheDelayRises) {
  Cubic cubic;
  TimePoint now(seconds(1));
  std::uint32_t threshold = Cubic::threshold_unset, window = 10;
  std::uint64_t acknowledged = 0;
  Duration delay = milliseconds(100);
  for (int round = 0; round < 12 && threshold == Cubic::threshold_unset; ++round) {
    if (window > 200) delay = milliseconds(130);
    const std::uint32_t in_round = window;
    for (std::uint32_t i = 0; i < in_round; ++i) {
      now += milliseconds(3);  // apart, so that no train is seen
      ++acknowledged;
      cubic.on_ack({now, delay, acknowledged, acknowledged + window, BitRate(0)}, window, threshold);
      window = cubic.grow(now, window, threshold, 1);
    }
  }
  EXPECT_LT(threshold, 700u);
  EXPECT_GE(threshold, 200u);
}

TEST(Cubic, APauseIsNotGrowth) {
  Cubic paused, steady;
  TimePoint now(seconds(1)), other(seconds(1));
  std::uint32_t threshold = paused.reduce(1000), same = steady.reduce(1000);
  std::uint32_t a = rounds(paused, now, threshold, threshold, 10), b = rounds(steady, other, same, same, 20);
  now += seconds(60);
  paused.on_idle(seconds(60));
  a = rounds(paused, now, a, threshold, 10);
  EXPECT_NEAR(a, b, 5);
}

TEST(RateReduction, EndsAtTheThresholdAndSendsForEveryDelivery) {
  constexpr Bytes segment{1000};
  RateReduction reduction;
  Bytes in_flight = segment * 99;  // of 100, one is lost
  reduction.start(segment * 100, segment * 70);
  std::uint64_t sent = 0;
  for (int ack = 0; ack < 100; ++ack) {
    in_flight = in_flight - segment;
    const Bytes window = reduction.window(in_flight, segment, false, segment);
    while (in_flight + segment <= window) {
      in_flight += segment;
      reduction.on_sent(segment);
      ++sent;
    }
    ASSERT_LE(window, segment * 101);
  }
  EXPECT_NEAR(static_cast<double>(in_flight.value), 70'000, 2'000);
  EXPECT_NEAR(static_cast<double>(sent), 70, 3);
}

TEST(RetransmissionTime, AddsTheMinimumAndBacksOff) {
  RetransmissionTime time;
  EXPECT_EQ(time.timeout(milliseconds(200), 0), seconds(1));
  for (int i = 0; i < 50; ++i) time.sample(milliseconds(50));
  EXPECT_EQ(time.smoothed(), milliseconds(50));
  EXPECT_EQ(time.timeout(milliseconds(200), 0), milliseconds(250));
  EXPECT_EQ(time.timeout(milliseconds(200), 2), milliseconds(1000));
  EXPECT_EQ(time.timeout(milliseconds(200), 40), RetransmissionTime::maximum);
}

}  // namespace
}  // namespace dwcp::sim
