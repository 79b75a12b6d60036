// Whole migrations in virtual time: the engine, the modelled guest, and the network between them.
#include <gtest/gtest.h>

#include "tests/simulation/migration/two_hosts.hpp"

namespace dwcp::migration::test {
namespace {

using namespace std::chrono_literals;

void expect_moved(const TwoHosts& hosts) {
  ASSERT_TRUE(hosts.report().has_value());
  EXPECT_EQ(hosts.report()->outcome, Outcome::completed) << hosts.report()->reason;
  EXPECT_EQ(hosts.state(0), GuestState::absent);
  EXPECT_EQ(hosts.state(1), GuestState::running);
  EXPECT_EQ(hosts.running_max(), 1u);
  EXPECT_EQ(hosts.wrong_pages(1), 0u);
  EXPECT_EQ(hosts.differences_at_hand_over(), 0u);
}

TEST(Migration, MovesAnIdleGuest) {
  TwoHosts hosts(Stage{});
  hosts.migrate();
  ASSERT_TRUE(hosts.finish());
  expect_moved(hosts);
  EXPECT_GT(hosts.report()->bytes_guest, MiB(32));  // the small blocks too
  EXPECT_LT(hosts.report()->bytes_wire, MiB(16));   // 30 % zero, 40 % repetitive
  EXPECT_EQ(hosts.report()->bytes_resent, Bytes(0));
}

TEST(Migration, MovesAGuestThatWritesAndKeepsItsDowntime) {
  Stage stage;
  stage.guest.dirty = {.pattern = model::DirtyPattern::constant, .rate = BitRate(80'000'000), .working_set = MiB(8)};
  TwoHosts hosts(stage);
  hosts.migrate(Policy{.downtime_max = 300ms});
  ASSERT_TRUE(hosts.finish());
  expect_moved(hosts);
  EXPECT_LE(hosts.report()->downtime, 300ms);
  EXPECT_GE(hosts.report()->rounds, 2u);
  EXPECT_GT(hosts.report()->classes[hde::PageClass::delta].pages, 0u);
}

TEST(Migration, ThrottlesAGuestThatOutrunsThePathThenStopsItByPolicy) {
  Stage stage;
  stage.links = {sim::LinkOptions(sim::WireOptions{.rate = BitRate(100'000'000), .delay = 10ms})};
  stage.guest.changed = 1;
  stage.guest.dirty = {
      .pattern = model::DirtyPattern::constant, .rate = BitRate(4'000'000'000), .working_set = MiB(32)};
  TwoHosts hosts(stage);
  hosts.migrate(Policy{.downtime_max = 100ms, .throttle_max = 50});
  ASSERT_TRUE(hosts.finish());
  expect_moved(hosts);
  EXPECT_EQ(hosts.report()->throttle_percent_max, 50u);
  EXPECT_TRUE(hosts.report()->forced_stop);
  EXPECT_GE(hosts.count("migration.policy"), 4u);  // three throttles and the stop, said aloud
}

// What does not compress fills its batches to the brim; each must fit a chunk, and so must what is sent again.
TEST(Migration, BatchesFitTheSmallestChunk) {
  Stage stage;
  stage.guest.content = {.zero = 0, .repetitive = 0, .low_entropy = 0, .random = 1};
  stage.agent.session.chunk_max = chunk_least;
  TwoHosts hosts(stage);
  hosts.migrate();
  ASSERT_TRUE(hosts.finish());
  expect_moved(hosts);
  EXPECT_GT(hosts.report()->bytes_wire, MiB(31));
}

TEST(Migration, ChunksThatNoBatchFitsAreRefused) {
  Stage stage;
  stage.agent.session.chunk_max = KiB(256);
  TwoHosts hosts(stage);
  hosts.migrate();
  ASSERT_TRUE(hosts.finish());
  ASSERT_TRUE(hosts.report().has_value());
  EXPECT_EQ(hosts.report()->outcome, Outcome::rolled_back);
  EXPECT_NE(hosts.report()->reason.find("chunks of at most 256 KiB; a migration needs 512 KiB"), std::string::npos)
      << hosts.report()->reason;
  EXPECT_EQ(hosts.state(0), GuestState::running);
}

// Both hosts still hold what they moved before.
TEST(Migration, AGuestThatReturnsBringsOnlyWhatChanged) {
  for (const Duration keep : {Duration(1h), Duration(0)}) {
    Stage stage;
    stage.agent.encoding.keep_window = keep;
    TwoHosts hosts(stage);
    hosts.migrate();
    ASSERT_TRUE(hosts.finish());
    expect_moved(hosts);
    const Bytes there = hosts.report()->bytes_wire;
    for (const std::size_t from : {1, 0}) {
      hosts.run_for(10s);
      hosts.migrate({}, from);
      ASSERT_TRUE(hosts.finish());
      EXPECT_EQ(hosts.report()->outcome, Outcome::completed) << hosts.report()->reason;
      EXPECT_EQ(hosts.state(1 - from), GuestState::running);
      EXPECT_EQ(hosts.wrong_pages(1 - from), 0u);
      if (keep > Duration(0))
        EXPECT_LT(hosts.report()->bytes_wire * 5, there * 4);
      else
        EXPECT_GT(hosts.report()->bytes_wire * 10, there * 9);
    }
    EXPECT_EQ(hosts.count("migration.window_kept"), keep > Duration(0) ? 2u : 0u);
    EXPECT_EQ(hosts.running_max(), 1u);
  }
}

// After the time for which they are kept, and after a restart, there is nothing to begin with: it moves all the same.
TEST(Migration, WhatOneHostForgotIsSentAgain) {
  for (const bool restarts : {false, true}) {
    Stage stage;
    stage.agent.encoding.keep_window = 60s;
    TwoHosts hosts(stage);
    hosts.migrate();
    ASSERT_TRUE(hosts.finish());
    if (restarts) {
      hosts.kill(0);
      hosts.run_for(1s);
      hosts.restart(0);
      hosts.run_for(1s);
    } else {
      hosts.run_for(61s);
    }
    hosts.migrate({}, 1);
    ASSERT_TRUE(hosts.finish());
    EXPECT_EQ(hosts.report()->outcome, Outcome::completed) << hosts.report()->reason;
    EXPECT_EQ(hosts.state(0), GuestState::running);
    EXPECT_EQ(hosts.wrong_pages(0), 0u);
    EXPECT_EQ(hosts.count("migration.window_kept"), 0u);
  }
}

TEST(Migration, PolicyMayLeaveItAtTheSource) {
  Stage stage;
  stage.links = {sim::LinkOptions(sim::WireOptions{.rate = BitRate(100'000'000), .delay = 10ms})};
  stage.guest.changed = 1;
  stage.guest.dirty = {
      .pattern = model::DirtyPattern::constant, .rate = BitRate(4'000'000'000), .working_set = MiB(32)};
  TwoHosts hosts(stage);
  hosts.migrate(Policy{.throttle_max = 0, .when_not_converging = WhenNotConverging::cancel});
  ASSERT_TRUE(hosts.finish());
  EXPECT_EQ(hosts.report()->outcome, Outcome::rolled_back);
  EXPECT_NE(hosts.report()->reason.find("does not converge"), std::string::npos) << hosts.report()->reason;
  EXPECT_EQ(hosts.state(0), GuestState::running);
  hosts.run_for(30s);
  EXPECT_EQ(hosts.state(1), GuestState::absent);
}

TEST(Migration, SurvivesAPathThatIsCutForTenSeconds) {
  Stage stage;
  stage.links = {sim::LinkOptions(sim::WireOptions{.rate = BitRate(50'000'000), .delay = 20ms})};
  TwoHosts hosts(stage);
  hosts.migrate();
  hosts.world().at(hosts.world().now() + 1s, [&] { hosts.world().links()[0]->cut(); });
  hosts.world().at(hosts.world().now() + 11s, [&] { hosts.world().links()[0]->restore(); });
  ASSERT_TRUE(hosts.finish());
  expect_moved(hosts);
  EXPECT_GT(hosts.report()->total_time, 10s);
}

TEST(Migration, CancelLeavesTheGuestAtTheSource) {
  TwoHosts hosts(Stage{});
  hosts.migrate();
  hosts.run_for(100ms);
  EXPECT_TRUE(hosts.agent(0).cancel(TwoHosts::vm()));
  ASSERT_TRUE(hosts.finish());
  EXPECT_EQ(hosts.report()->outcome, Outcome::rolled_back);
  EXPECT_EQ(hosts.state(0), GuestState::running);
  hosts.run_for(10s);
  EXPECT_EQ(hosts.state(1), GuestState::absent);
  EXPECT_FALSE(hosts.agent(0).cancel(TwoHosts::vm()));
  // The next attempt is not hindered by the first.
  hosts.migrate();
  ASSERT_TRUE(hosts.finish());
  expect_moved(hosts);
}

TEST(Migration, ADestinationThatHasTheGuestRefuses) {
  TwoHosts hosts(Stage{});
  hosts.migrate();
  ASSERT_TRUE(hosts.finish());
  expect_moved(hosts);
  EXPECT_THROW(
      {
        hosts.migrate();
        hosts.finish(10s);
      },
      Error);  // it does not run at the source any more
}

TEST(Migration, ADestinationThatIsNotThereLeavesEverythingAsItWas) {
  TwoHosts hosts(Stage{});
  hosts.kill(1);
  hosts.migrate();
  ASSERT_TRUE(hosts.finish());
  EXPECT_EQ(hosts.report()->outcome, Outcome::rolled_back);
  EXPECT_NE(hosts.report()->reason.find("unreachable"), std::string::npos) << hosts.report()->reason;
  EXPECT_EQ(hosts.state(0), GuestState::running);
}

}  // namespace
}  // namespace dwcp::migration::test
