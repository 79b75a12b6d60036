#include "sim/tcp/bbr_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/sim/tcp/pipe.hpp"

namespace dwcp::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr BitRate rate{100'000'000};
constexpr Duration rtt = milliseconds(50);

double share(BitRate a, BitRate b) { return static_cast<double>(a.value) / static_cast<double>(b.value); }

TEST(Bbr, FindsBandwidthAndRoundTrip) {
  Pipe pipe(rate, rtt);
  pipe.run(seconds(3));
  EXPECT_EQ(pipe.bbr().phase(), BbrPhase::probe_bandwidth);
  EXPECT_NEAR(share(pipe.bbr().bandwidth(), rate), 1, 0.05);
  EXPECT_NEAR(to_seconds(pipe.bbr().min_rtt()), to_seconds(rtt), 0.005);
}

TEST(Bbr, StartsFastDrainsTheQueueAndProbes) {
  Pipe pipe(rate, rtt);
  std::vector<BbrPhase> phases;
  pipe.after_ack = [&] {
    if (phases.empty() || phases.back() != pipe.bbr().phase()) phases.push_back(pipe.bbr().phase());
  };
  pipe.run(seconds(2));
  EXPECT_EQ(phases, (std::vector{BbrPhase::startup, BbrPhase::drain, BbrPhase::probe_bandwidth}));
}

TEST(Bbr, SendsAtTheLinksRate) {
  Pipe pipe(rate, rtt);
  pipe.run(seconds(2));
  const Bytes before = pipe.delivered();
  pipe.run(seconds(5));
  EXPECT_GT(share(rate_of(pipe.delivered() - before, seconds(5)), rate), 0.97);
}

TEST(Bbr, OnePercentLossHardlySlowsIt) {
  Pipe pipe(rate, rtt, 0.01);
  pipe.run(seconds(3));
  const Bytes before = pipe.delivered();
  pipe.run(seconds(5));
  EXPECT_GT(share(rate_of(pipe.delivered() - before, seconds(5)), rate), 0.94);
}

TEST(Bbr, FollowsARateThatFalls) {
  Pipe pipe(rate, rtt);
  pipe.run(seconds(3));
  pipe.set_rate(rate / 4);
  pipe.run(seconds(12));  // the filter forgets after ten rounds of the then long queue
  EXPECT_NEAR(share(pipe.bbr().bandwidth(), rate / 4), 1, 0.1);
}

TEST(Bbr, FollowsARateThatRises) {
  Pipe pipe(rate / 4, rtt);
  pipe.run(seconds(3));
  pipe.set_rate(rate);
  pipe.run(seconds(5));
  EXPECT_GT(share(pipe.bbr().bandwidth(), rate), 0.9);
}

TEST(Bbr, MeasuresTheRoundTripAgainAfterTenSeconds) {
  Pipe pipe(rate, rtt);
  TimePoint began{}, ended{};
  Bytes least = GiB(1);
  pipe.after_ack = [&] {
    if (pipe.bbr().phase() != BbrPhase::probe_rtt) {
      if (began != TimePoint{} && ended == TimePoint{}) ended = pipe.now();
      return;
    }
    if (began == TimePoint{}) began = pipe.now();
    if (ended == TimePoint{}) least = std::min(least, pipe.board().in_flight());
  };
  pipe.run(seconds(14));
  ASSERT_NE(began, TimePoint{});
  ASSERT_NE(ended, TimePoint{});
  EXPECT_LE(least, Bytes(4 * Pipe::segment));
  EXPECT_GE(ended - began, milliseconds(200));
  EXPECT_LE(ended - began, milliseconds(500));
}

TEST(Bbr, ApplicationLimitedSamplesDoNotLowerTheBandwidth) {
  Pipe pipe(rate, rtt);
  pipe.run(seconds(3));
  const BitRate known = pipe.bbr().bandwidth();
  pipe.set_app_rate(rate / 10);
  pipe.run(seconds(5));
  EXPECT_GE(pipe.bbr().bandwidth(), known * 9 / 10);
}

BbrAck plain_ack(TimePoint now, Bytes delivered) {
  BbrAck ack;
  ack.now = now;
  ack.delivered = delivered;
  ack.newly_delivered = ack.sample_delivered = Bytes(1448);
  ack.in_flight = Bytes(14480);
  ack.prior_in_flight = Bytes(15928);
  ack.rtt = ack.interval = milliseconds(10);
  return ack;
}

TEST(Bbr, RecoveryBeginsWithPacketConservationAndGivesTheWindowBack) {
  Bbr bbr(Bytes(1448), Bytes(14480), milliseconds(10), 1);
  bbr.on_ack(plain_ack(TimePoint(seconds(1)), KiB(40)));
  const Bytes before = bbr.window();
  bbr.on_loss_state(LossState::recovery, KiB(10));
  auto ack = plain_ack(TimePoint(seconds(1) + milliseconds(1)), KiB(42));
  ack.in_flight = Bytes(5 * 1448);
  ack.newly_lost = Bytes(1448);
  ack.sample_delivered = KiB(42);
  bbr.on_ack(ack);
  EXPECT_EQ(bbr.window(), Bytes(6 * 1448));  // what is in flight and what was just delivered
  bbr.on_loss_state(LossState::open, KiB(10));
  bbr.on_ack(plain_ack(TimePoint(seconds(1) + milliseconds(12)), KiB(60)));
  EXPECT_GE(bbr.window(), before);
}

TEST(Bbr, ATimeoutShrinksTheWindowAndAnAcknowledgementReopensIt) {
  Pipe pipe(rate, rtt);
  pipe.run(seconds(2));
  const Bytes before = pipe.bbr().window();
  pipe.bbr().on_loss_state(LossState::timeout, Bytes(0));
  EXPECT_EQ(pipe.bbr().window(), Bytes(Pipe::segment));
  auto ack = plain_ack(pipe.now(), pipe.delivered());
  ack.rtt = Duration(-1);
  pipe.bbr().on_ack(ack);
  EXPECT_GE(pipe.bbr().window(), Bytes(4 * Pipe::segment));
  pipe.bbr().on_loss_state(LossState::open, Bytes(0));
  pipe.bbr().on_ack(ack);
  EXPECT_GE(pipe.bbr().window() + Bytes(64 * 1024), before);
}

// The stall of ns-3's own BBR: whatever the samples say, something may always leave soon.
TEST(Bbr, NeverStarvesOnBadSamples) {
  Bbr bbr(Bytes(1448), Bytes(14480), milliseconds(10), 1);
  TimePoint now(seconds(1));
  Bytes delivered;
  Random random(3);
  for (int i = 0; i < 2000; ++i) {
    now += milliseconds(random.below(50));
    delivered += Bytes(1448);
    auto ack = plain_ack(now, delivered);
    ack.interval = random.chance(0.3) ? Duration(0) : Duration(milliseconds(1 + random.below(2000)));
    ack.sample_delivered = std::min(delivered, Bytes(random.below(20'000)));
    ack.newly_lost = random.chance(0.5) ? Bytes(random.below(100'000)) : Bytes(0);
    ack.rtt = random.chance(0.5) ? Duration(-1) : Duration(milliseconds(random.below(300)));
    ack.app_limited = random.chance(0.2);
    if (random.chance(0.1)) bbr.on_loss_state(LossState(random.below(3)), Bytes(random.below(15'000)));
    bbr.on_ack(ack);
    ASSERT_GE(bbr.window(), Bytes(1448)) << "at step " << i;
    ASSERT_GT(bbr.pacing_rate(), BitRate(0)) << "at step " << i;
    ASSERT_GE(bbr.send_quantum(), Bytes(2 * 1448));
  }
}

TEST(Bbr, FlowsBeginProbingInDifferentPhases) {
  std::set<std::uint64_t> rates;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Bbr bbr(Bytes(1448), Bytes(14480), milliseconds(10), seed);
    TimePoint now(seconds(1));
    for (int i = 0; i < 60 && bbr.phase() != BbrPhase::probe_bandwidth; ++i) {
      auto ack = plain_ack(now += milliseconds(10), Bytes(static_cast<std::uint64_t>(i + 1) * 14480));
      ack.sample_delivered = ack.newly_delivered = Bytes(14480);
      bbr.on_ack(ack);
    }
    ASSERT_EQ(bbr.phase(), BbrPhase::probe_bandwidth);
    rates.insert(bbr.pacing_rate().value);
  }
  EXPECT_EQ(rates.size(), 2u);  // some probe (1.25), some cruise (1), none begins by draining
  EXPECT_NEAR(static_cast<double>(*rates.rbegin()) / static_cast<double>(*rates.begin()), 1.25, 0.01);
}

}  // namespace
}  // namespace dwcp::sim
