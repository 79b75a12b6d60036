#include "engine/amst/congestion_trial.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace dwcp::amst {
namespace {

using namespace std::chrono_literals;
using Control = CongestionTrial::Control;
using Verdict = CongestionTrial::Verdict;

// What the path does with each of them.
struct Carries {
  double rate;        // bit/s
  double again = 0;   // of the segments
  Duration queue{0};  // beside a round trip of 1 ms
};

// One session's path, looked at four times a second.
struct Path {
  Carries cubic, bbr;
  CongestionTrial::Look now_seen;
  CongestionTrial trial;
  TimePoint now{1h};
  std::vector<CongestionTrial::Outcome> outcomes;
  std::vector<TimePoint> began;
  Duration under_bbr{0};

  Path(Carries with_cubic, Carries with_bbr, Control starts_with = Control::cubic) : cubic(with_cubic), bbr(with_bbr) {
    now_seen.running = starts_with;
    now_seen.rtt_least = 1ms;
    now_seen.streams = 4;
    now_seen.busy = true;
  }

  void run(Duration time) {
    constexpr Duration step = 250ms;
    constexpr double segment = 1448;
    for (const TimePoint end = now + time; now < end; now += step) {
      if (trial.wanted()) now_seen.running = *trial.wanted();
      const bool with_bbr = now_seen.running == Control::bbr;
      const Carries& is = with_bbr ? bbr : cubic;
      if (with_bbr) under_bbr += step;
      const double bytes = is.rate / 8 * to_seconds(step);
      now_seen.carried += Bytes(static_cast<std::uint64_t>(bytes));
      sent_ += bytes / segment / (1 - is.again);
      again_ += bytes / segment / (1 - is.again) * is.again;
      now_seen.sent = static_cast<std::uint64_t>(sent_);
      now_seen.sent_again = static_cast<std::uint64_t>(again_);
      now_seen.rtt = now_seen.rtt_least + is.queue;
      const bool before = trial.trying();
      if (const auto outcome = trial.look(now_seen, now + step)) outcomes.push_back(*outcome);
      if (trial.trying() && !before) began.push_back(now + step);
    }
  }

 private:
  double sent_ = 0, again_ = 0;
};

constexpr double lossy = 0.01;

TEST(CongestionTrial, KeepsBbrWhereALossSlowsCubicDown) {
  Path path({1e8, lossy}, {9e8, lossy});
  path.run(10s);
  ASSERT_EQ(path.outcomes.size(), 1U);
  const auto& outcome = path.outcomes.front();
  EXPECT_EQ(outcome.from, Control::cubic);
  EXPECT_EQ(outcome.to, Control::bbr);
  EXPECT_TRUE(outcome.kept());
  EXPECT_NEAR(static_cast<double>(outcome.before.value), 1e8, 1e6);
  EXPECT_NEAR(static_cast<double>(outcome.during.value), 9e8, 1e7);
  EXPECT_NEAR(outcome.again_before, lossy, 0.001);
  EXPECT_EQ(path.trial.wanted(), Control::bbr);
  path.run(1h);
  EXPECT_EQ(path.outcomes.size(), 1U) << "what was kept is left alone";
}

TEST(CongestionTrial, TriesNothingOnACleanPath) {
  Path path({9e8}, {9e8});
  path.run(1h);
  EXPECT_TRUE(path.began.empty());
  EXPECT_EQ(path.trial.wanted(), std::nullopt);
}

// A loss-based flow that fills its path loses now and then, with the queue full.
TEST(CongestionTrial, TakesLossesOfAStandingQueueForItsOwn) {
  Path path({9e8, 0.002, 3ms}, {9e8, 0.002, 3ms});
  path.run(1h);
  EXPECT_TRUE(path.began.empty());
}

TEST(CongestionTrial, AFewSegmentsAreNoLoss) {
  Path path({1e6, 0.02}, {2e6, 0.02});  // 3 or 4 in a measurement
  path.run(1h);
  EXPECT_TRUE(path.began.empty());
}

TEST(CongestionTrial, GoesBackWhereItDoesNotPayAndWaitsLongerAndLonger) {
  Path path({5e8, lossy}, {5.2e8, lossy});
  path.run(1h);
  EXPECT_EQ(path.trial.wanted(), Control::cubic);
  ASSERT_GT(path.began.size(), 5U);
  Duration expected = CongestionTrial::rest_first;
  for (std::size_t i = 1; i < path.began.size(); ++i) {
    // From the end of the trial, up to the end of the measurement that was under way.
    const Duration between = path.began[i] - path.began[i - 1] - CongestionTrial::length_least;
    EXPECT_GE(between, expected) << i;
    EXPECT_LE(between, expected + 2 * CongestionTrial::length_least) << i;
    expected = std::min(CongestionTrial::rest_most, 2 * expected);
  }
  for (const auto& outcome : path.outcomes) EXPECT_EQ(outcome.verdict, Verdict::does_not_pay);
  EXPECT_LE(path.under_bbr, 2 * CongestionTrial::length_least * static_cast<int>(path.began.size()));
}

TEST(CongestionTrial, WaitsShortlyAgainWhenThereWasNoReasonForLong) {
  Path path({5e8, lossy}, {5.2e8, lossy});
  path.run(30min);
  path.cubic.again = 0;
  path.run(15min);
  path.cubic.again = lossy;
  path.began.clear();
  path.run(60s);
  EXPECT_EQ(path.began.size(), 2U);
}

TEST(CongestionTrial, HopelessIsGivenUpAtHalfTime) {
  Path path({1e7, 0}, {9e8, 0.06}, Control::bbr);
  path.run(20s);
  ASSERT_EQ(path.outcomes.size(), 1U);
  EXPECT_EQ(path.outcomes.front().to, Control::cubic);
  EXPECT_FALSE(path.outcomes.front().kept());
  EXPECT_EQ(path.under_bbr, 20s - CongestionTrial::length_least / 2);
}

TEST(CongestionTrial, KeepsCubicWhereItCarriesAsMuchAndWastesLess) {
  Path path({4.9e8, 0.01, 2ms}, {5e8, 0.15}, Control::bbr);
  path.run(20s);
  ASSERT_EQ(path.outcomes.size(), 1U);
  EXPECT_TRUE(path.outcomes.front().kept());
  EXPECT_EQ(path.trial.wanted(), Control::cubic);
  Path as_wasteful({5e8, 0.15}, {5e8, 0.15}, Control::bbr);
  as_wasteful.run(20s);
  ASSERT_EQ(as_wasteful.outcomes.size(), 1U);
  EXPECT_FALSE(as_wasteful.outcomes.front().kept());
  Path slower({4.7e8, 0.01}, {5e8, 0.15}, Control::bbr);
  slower.run(20s);
  ASSERT_EQ(slower.outcomes.size(), 1U);
  EXPECT_FALSE(slower.outcomes.front().kept());
}

// Every ten seconds BBR empties the pipe, to measure the round trip: a measurement with that in it is not what it
// carries.
TEST(CongestionTrial, BbrIsNotComparedByItsWeakMoment) {
  Path path({4.5e8, 0.01}, {5e8, 0.04}, Control::bbr);
  path.run(5s);
  path.bbr = {4.3e8, 0.15};
  while (!path.trial.trying()) path.run(250ms);
  path.run(3s);
  ASSERT_EQ(path.outcomes.size(), 1U);
  EXPECT_NEAR(static_cast<double>(path.outcomes.front().before.value), 5e8, 1e6);
  EXPECT_FALSE(path.outcomes.front().kept());
}

TEST(CongestionTrial, LearnsNothingFromPausesALimitAndOthersAlgorithms) {
  Path pauses({1e8, lossy}, {9e8, lossy});
  pauses.now_seen.busy = false;
  Path limited({1e8, lossy}, {9e8, lossy});
  limited.now_seen.rate_limit = BitRate(105'000'000);
  Path others({1e8, lossy}, {9e8, lossy}, Control::platform_default);
  for (Path* path : {&pauses, &limited, &others}) {
    path->run(10min);
    EXPECT_TRUE(path->began.empty());
  }
}

TEST(CongestionTrial, AnOutageOrAnotherNumberOfStreamsEndsIt) {
  for (const bool outage : {true, false}) {
    Path path({1e8, lossy}, {9e8, lossy});
    while (!path.trial.trying()) path.run(250ms);
    path.run(500ms);
    if (outage)
      path.now_seen.disturbed = true;
    else
      --path.now_seen.streams;
    path.run(250ms);
    ASSERT_EQ(path.outcomes.size(), 1U);
    EXPECT_EQ(path.outcomes.front().verdict, Verdict::disturbed);
    EXPECT_EQ(path.trial.wanted(), Control::cubic);
    path.now_seen.disturbed = false;
    path.run(CongestionTrial::rest_first - 250ms);
    EXPECT_EQ(path.began.size(), 1U);
    path.run(10s);
    EXPECT_EQ(path.outcomes.size(), 2U);
    EXPECT_EQ(path.trial.wanted(), Control::bbr);
  }
}

// Less was wanted than the path could carry: enough to keep it, or too little to tell.
TEST(CongestionTrial, PausesWithinATrialCount) {
  Path enough({1e8, lossy}, {3e8, lossy});
  Path too_little({1e8, lossy}, {0.9e8, lossy});
  for (Path* path : {&enough, &too_little}) {
    while (!path->trial.trying()) path->run(250ms);
    path->now_seen.busy = false;
    path->run(3s);
    ASSERT_EQ(path->outcomes.size(), 1U);
  }
  EXPECT_EQ(enough.outcomes.front().verdict, Verdict::pays);
  EXPECT_EQ(too_little.outcomes.front().verdict, Verdict::too_little_sent);
}

TEST(CongestionTrial, LastsTwentyRoundTripsWithinItsBounds) {
  for (const auto& [rtt, length] : {std::pair<Duration, Duration>(1ms, 2s), {300ms, 6s}, {3s, 20s}}) {
    Path path({1e8, lossy}, {1e8, lossy});
    path.now_seen.rtt_least = rtt;
    while (path.outcomes.empty()) path.run(250ms);
    EXPECT_EQ(path.under_bbr, length);
  }
}

TEST(CongestionTrial, WhatTheHostRefusesLeavesAllAsItWas) {
  Path path({1e8, lossy}, {9e8, lossy});
  while (!path.trial.trying()) path.run(250ms);
  path.trial.refused(path.now);
  EXPECT_FALSE(path.trial.trying());
  EXPECT_EQ(path.trial.wanted(), Control::cubic);
  path.run(10s);
  EXPECT_TRUE(path.outcomes.empty());
}

}  // namespace
}  // namespace dwcp::amst
