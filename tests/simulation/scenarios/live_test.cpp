// The same scenario between two processes over the kernel's TCP, on loopback.
#include <gmock/gmock.h>

#include "tests/simulation/scenarios/run.hpp"

namespace dwcp::scenarios {
namespace {

using testing::HasSubstr;

class Live : public RunTest {};

TEST_F(Live, AMigrationCompletesBetweenTwoProcesses) {
  EXPECT_EQ(run_scenarios(options({"world=live"})), RunOutcome::passed);
  const auto r = result();
  EXPECT_EQ(r.world, "live");
  ASSERT_EQ(r.migrations.size(), 1u);
  EXPECT_EQ(r.migrations[0].outcome, "completed");
  EXPECT_EQ(r.metric("memory.wrong_pages"), 0);
  EXPECT_THAT(events(), HasSubstr("\"source\":\"a/agent\",\"event\":\"migration.started\""));
  EXPECT_THAT(events(), HasSubstr("\"source\":\"b/agent\",\"event\":\"migration.owner\""));
}

TEST_F(Live, AnAgentThatDiesAndComesBackLosesNothing) {
  EXPECT_EQ(run_scenarios(options({"world=live", "engine.rate_limit=20Mbit/s",
                                   "faults=[{at: 300ms, kill: {host: b, restart_after: 500ms}}]",
                                   "expect=[vms.lost == 0, vms.doubled == 0, agents.restarts == 1]"})),
            RunOutcome::passed);
}

TEST_F(Live, FaultsThatItCannotMakeAreRefusedBeforeAnythingRuns) {
  EXPECT_THROW(run_scenarios(options({"world=live", "faults=[{at: 1s, cut: path}]"})), Error);
  EXPECT_FALSE(std::filesystem::exists(out_));
}

TEST_F(Live, BetweenNetworkNamespaces) {
  if (geteuid() != 0) GTEST_SKIP() << "network namespaces need root";
  auto netns = options({"world=live"});
  netns.network_namespaces = true;
  EXPECT_EQ(run_scenarios(netns), RunOutcome::passed);
  EXPECT_TRUE(result().metric("amst.link_utilisation"));
}

}  // namespace
}  // namespace dwcp::scenarios
