#include <gtest/gtest.h>

#include "engine/amst/backoff.hpp"
#include "engine/amst/carried_rate.hpp"
#include "engine/amst/pacer.hpp"
#include "engine/amst/path_fit.hpp"

namespace dwcp::amst {
namespace {

using namespace std::chrono_literals;

TimePoint at(Duration d) { return TimePoint(d); }

// Sends pieces as fast as the pacer allows; returns the bytes of `time`.
std::uint64_t run(Pacer& pacer, Duration time, Bytes piece, TimePoint& now) {
  std::uint64_t bytes = 0;
  const TimePoint end = now + time;
  while (now < end) {
    const Duration wait = pacer.delay(now);
    if (wait > Duration(0)) {
      now += wait;
      continue;
    }
    pacer.spend(piece, now);
    bytes += piece.value;
  }
  return bytes;
}

TEST(Pacer, HoldsTheMeanRate) {
  for (const std::uint64_t piece : {1'000u, 100'000u, 4'000'000u}) {
    Pacer pacer(BitRate(100'000'000));
    TimePoint now = at(5s);
    const double bytes = static_cast<double>(run(pacer, 10s, Bytes(piece), now));
    EXPECT_NEAR(bytes, 125e6, 2.0 * static_cast<double>(piece)) << piece;
  }
}

TEST(Pacer, APauseEarnsNoMoreThanTheBurst) {
  Pacer pacer(BitRate(80'000'000));
  TimePoint now = at(0s);
  run(pacer, 1s, KiB(10), now);
  now += 100s;
  const double bytes = static_cast<double>(run(pacer, 1s, KiB(10), now));
  EXPECT_LE(bytes, 10e6 + 10e6 * 0.010 + 2 * 10240);
}

TEST(Pacer, ANewRateHoldsFromNowOn) {
  Pacer pacer(BitRate(8'000'000));
  TimePoint now = at(0s);
  run(pacer, 1s, Bytes(1000), now);
  pacer.set_rate(BitRate(80'000'000), now);
  EXPECT_NEAR(static_cast<double>(run(pacer, 1s, Bytes(1000), now)), 10e6, 0.02 * 10e6);
  pacer.set_rate(BitRate(0), now);
  EXPECT_EQ(pacer.delay(now), Duration(0));
}

TEST(Pacer, PiecesFollowTheRateWithinBounds) {
  EXPECT_EQ(Pacer(BitRate(1'000)).piece(), KiB(4));
  EXPECT_EQ(Pacer(BitRate(80'000'000)).piece(), Bytes(100'000));
  EXPECT_EQ(Pacer(BitRate(0)).piece(), KiB(256));
}

platform::PathSample sample(Duration rtt, BitRate rate, Bytes window, Bytes unsent) {
  platform::PathSample s;
  s.rtt_smoothed = rtt;
  s.delivery_rate = rate;
  s.congestion_window = window;
  s.unsent = unsent;
  return s;
}

TEST(PathFit, LittleUnsentNeverWaits) {
  EXPECT_EQ(commit_delay({}), Duration(0));
  EXPECT_EQ(commit_delay(sample(100ms, BitRate(1'000'000), KiB(16), KiB(128))), Duration(0));
}

TEST(PathFit, WhatIsUnsentIsDrainedBeforeMoreIsCommitted) {
  // 80 Mbit/s: 40 ms are 400 kB; 500 kB are 10 ms too much.
  EXPECT_EQ(commit_delay(sample(100ms, BitRate(80'000'000), Bytes(1), Bytes(500'000))), 10ms);
  EXPECT_EQ(commit_delay(sample(100ms, BitRate(1), Bytes(1), MiB(4))), 100ms);
}

TEST(PathFit, AnOpeningWindowCountsAsRate) {
  EXPECT_EQ(expected_rate(sample(100ms, BitRate(1'000'000), MiB(1), {})), rate_of(MiB(1), 100ms));
}

TEST(PathFit, ChunksAreAbout20MillisecondsOfAStream) {
  EXPECT_EQ(fitting_chunk(BitRate(0), MiB(4)), KiB(512));
  EXPECT_EQ(fitting_chunk(BitRate(125'000'000), MiB(4)), KiB(256));
  EXPECT_EQ(fitting_chunk(BitRate(1'000), MiB(4)), KiB(16));
  EXPECT_EQ(fitting_chunk(BitRate(100'000'000'000), MiB(4)), KiB(512));
  EXPECT_EQ(fitting_chunk(BitRate(1'000), Bytes(1000)), Bytes(1000));
}

TEST(RoundTrip, IsMeasuredOnlyByAnAnswerToWhatWasAsked) {
  const TimePoint now(5s);
  EXPECT_EQ(round_trip(now, 4'900'000'000, 30s), Duration(100ms));
  EXPECT_EQ(round_trip(now, 5'000'000'000, 30s), Duration(0));
  EXPECT_EQ(round_trip(now, 5'000'000'001, 30s), std::nullopt);
  EXPECT_EQ(round_trip(now, 3'000'000'000, 1s), std::nullopt);
  EXPECT_EQ(round_trip(now, std::uint64_t{1} << 63, 30s), std::nullopt);
  EXPECT_EQ(round_trip(now, ~std::uint64_t{0}, 30s), std::nullopt);
}

TEST(Backoff, DoublesToItsBoundWithJitter) {
  Backoff backoff(100ms, 1s);
  Random random(1);
  for (const Duration whole : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    const Duration pause = backoff.next(random);
    EXPECT_GE(pause, whole / 2);
    EXPECT_LE(pause, whole);
  }
  backoff.reset();
  EXPECT_LE(backoff.next(random), 100ms);
}

TEST(CarriedRate, IsTheBestOfTheLastWindows) {
  CarriedRate carried(at(0s));
  carried.look(Bytes(2'000'000), at(2s));
  EXPECT_EQ(carried.best(), BitRate(0)) << "the beginning is slower";
  carried.look(Bytes(3'000'000), at(4s));
  EXPECT_EQ(carried.best(), BitRate(8'000'000));
  for (std::uint64_t i = 1; i <= 8; ++i)
    carried.look(Bytes(3'000'000 + i * 500'000), at(4s + std::chrono::seconds(2 * i)));
  EXPECT_EQ(carried.best(), BitRate(2'000'000));
}

TEST(CarriedRate, AnOutageSaysNothingOfThePath) {
  CarriedRate carried(at(0s));
  carried.look(Bytes(2'000'000), at(2s));
  carried.look(Bytes(4'000'000), at(4s));
  carried.look(Bytes(4'500'000), at(5s));  // then it is cut
  for (int s = 6; s <= 100; s += 2) carried.look(Bytes(4'500'000), at(std::chrono::seconds(s)));
  EXPECT_EQ(carried.best(), BitRate(8'000'000));
}

TEST(CarriedRate, AWindowThatWasCutDoesNotCount) {
  CarriedRate carried(at(0s));
  carried.look(Bytes(1'000'000), at(1s));  // then it is cut
  carried.look(Bytes(1'000'000), at(2s));
  carried.look(Bytes(1'100'000), at(4s));
  EXPECT_EQ(carried.best(), BitRate(0));
}

}  // namespace
}  // namespace dwcp::amst
