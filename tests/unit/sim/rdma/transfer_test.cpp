#include "tests/unit/sim/rdma/hosts.hpp"

namespace dwcp::sim {
namespace {

TEST(RdmaTransfer, WritesArriveWholeOnceAndInOrder) {
  for (const std::uint64_t mtu : {9000u, 1500u, 576u}) {
    RdmaHosts hosts({.rate = ten_gigabits, .delay = 10us}, {.mtu = Bytes(mtu)});
    hosts.connect();
    hosts.a->send(300);
    EXPECT_EQ(hosts.run_until_written(300), Outcome::reached);
    hosts.expect_intact(300);
    EXPECT_EQ(hosts.left.adapter()->counters().repeated, 0u);
  }
}

TEST(RdmaTransfer, BothWaysAtOnce) {
  RdmaHosts hosts;
  hosts.connect();
  hosts.a->send(300);
  hosts.b->send(300);
  EXPECT_EQ(hosts.run([&] { return hosts.a->written == 300 && hosts.b->written == 300; }), Outcome::reached);
  hosts.expect_intact(300);
  EXPECT_TRUE(hosts.a->right_content && hosts.a->in_order);
  EXPECT_EQ(hosts.a->arrived, 300u);
}

TEST(RdmaTransfer, LossIsRepairedByGoingBack) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    RdmaHosts hosts({.rate = ten_gigabits, .delay = 10us, .loss = LossOptions::independent(0.01)}, {.seed = seed});
    hosts.connect();
    hosts.a->send(500);
    EXPECT_EQ(hosts.run_until_written(500), Outcome::reached);
    hosts.expect_intact(500);
    EXPECT_GT(hosts.left.adapter()->counters().repeated, 50u);
    EXPECT_GT(hosts.right.adapter()->counters().gaps, 20u);
  }
}

TEST(RdmaTransfer, JitterWithoutReorderingRepeatsNothing) {
  RdmaHosts hosts({.rate = ten_gigabits, .delay = 200us, .jitter = 100us});
  hosts.connect();
  hosts.a->send(500);
  EXPECT_EQ(hosts.run_until_written(500), Outcome::reached);
  hosts.expect_intact(500);
  EXPECT_EQ(hosts.left.adapter()->counters().repeated, 0u);
}

TEST(RdmaTransfer, AWriteOfNothingCarriesItsImmediate) {
  RdmaHosts hosts;
  hosts.connect();
  hosts.a->pair->write(0, 0, 0, 0);
  EXPECT_EQ(hosts.run_until_written(1), Outcome::reached);
  EXPECT_EQ(hosts.b->arrived, 1u);
  EXPECT_TRUE(hosts.b->in_order);
  // There and back; the answer is asked for by the packet itself.
  EXPECT_GE(hosts.world.now(), at_time(20us));
  EXPECT_LT(hosts.world.now(), at_time(21us));
}

TEST(RdmaTransfer, WithinOneMachine) {
  RdmaHosts hosts;
  RdmaEnd c(hosts.world, hosts.left, "c");
  hosts.a->connect(c);
  c.connect(*hosts.a);
  hosts.a->send(100);
  EXPECT_EQ(hosts.run_until_written(100), Outcome::reached);
  EXPECT_EQ(c.arrived, 100u);
  EXPECT_TRUE(c.right_content);
}

TEST(RdmaTransfer, WhatIsWrittenBeforeThePeerConnectsIsRepeatedForSeconds) {
  RdmaHosts hosts;
  hosts.a->connect(*hosts.b);
  hosts.a->send(4);
  hosts.world.run_until(at_time(3s));
  EXPECT_FALSE(hosts.a->failure);
  hosts.b->connect(*hosts.a);
  EXPECT_EQ(hosts.run_until_written(4), Outcome::reached);
  hosts.expect_intact(4);
}

TEST(RdmaTransfer, AShortCutIsSurvived) {
  RdmaHosts hosts;
  hosts.connect();
  hosts.world.flap(hosts.link, at_time(1ms), 300ms, 400ms, 2);
  hosts.a->send(20'000 / 16);
  EXPECT_EQ(hosts.run_until_written(20'000 / 16), Outcome::reached);
  hosts.expect_intact(20'000 / 16);
  EXPECT_GT(hosts.left.adapter()->counters().timeouts, 3u);
}

// Each packet has the whole time for its answer, also one that is sent shortly before the timer of an earlier one.
TEST(RdmaTransfer, TheTimerBeginsAnewAfterAPause) {
  RdmaHosts hosts({.rate = ten_gigabits, .delay = 8ms});
  hosts.connect();
  const Duration timeout = hosts.left.adapter()->timeout();
  hosts.a->send(1);
  EXPECT_EQ(hosts.run_until_written(1), Outcome::reached);
  hosts.world.run_until(hosts.world.now() + timeout - 5ms);
  hosts.a->send(1);
  EXPECT_EQ(hosts.run_until_written(2), Outcome::reached);
  EXPECT_EQ(hosts.left.adapter()->counters().timeouts, 0u);
}

TEST(RdmaTransfer, ALongPathHasALongerTimer) {
  RdmaHosts hosts({.rate = ten_gigabits, .delay = 100ms});
  EXPECT_GE(hosts.left.adapter()->timeout(), 800ms);
  hosts.connect();
  hosts.a->send(64);
  EXPECT_EQ(hosts.run_until_written(64), Outcome::reached);
  hosts.expect_intact(64);
  EXPECT_EQ(hosts.left.adapter()->counters().timeouts, 0u);
}

std::uint64_t trace_of(std::uint64_t seed) {
  RdmaHosts hosts({.rate = ten_gigabits, .delay = 100us, .jitter = 20us, .loss = LossOptions::independent(0.01)},
                  {.seed = seed});
  hosts.connect();
  hosts.a->send(200);
  hosts.b->send(200);
  hosts.run([&] { return hosts.a->written == 200 && hosts.b->written == 200; });
  return hosts.world.trace_hash();
}

TEST(RdmaTransfer, TheSeedDecidesEverything) {
  EXPECT_EQ(trace_of(1), trace_of(1));
  EXPECT_NE(trace_of(1), trace_of(2));
}

}  // namespace
}  // namespace dwcp::sim
