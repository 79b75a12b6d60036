// Scenarios in flow fidelity: the same outcome as with packets, at a small part of the events.
#include <gmock/gmock.h>

#include "tests/simulation/scenarios/run.hpp"

namespace dwcp::scenarios {
namespace {

class Flow : public RunTest {};

TEST_F(Flow, AMigrationTakesAboutAsLongAsWithPackets) {
  EXPECT_EQ(run_scenarios(options({"fidelity=packet"})), RunOutcome::passed);
  const auto packet = result();
  EXPECT_EQ(run_scenarios(options({"fidelity=flow"})), RunOutcome::passed);
  const auto flow = result();
  EXPECT_EQ(packet.fidelity, "packet");
  EXPECT_EQ(flow.fidelity, "flow");
  const double expected = to_seconds(packet.migrations.at(0).total_time);
  EXPECT_NEAR(to_seconds(flow.migrations.at(0).total_time), expected, 0.1 * expected);
  EXPECT_LT(flow.events, packet.events);
  EXPECT_EQ(flow.metric("memory.wrong_pages"), 0);
}

TEST_F(Flow, TheSameSeedGivesTheSameEventsByteForByte) {
  run_scenarios(options({"fidelity=flow"}));
  const std::string first = events();
  run_scenarios(options({"fidelity=flow"}));
  EXPECT_EQ(events(), first);
  auto another = options({"fidelity=flow"});
  another.seed = 2;
  run_scenarios(another);
  EXPECT_NE(events(), first);
}

TEST_F(Flow, WhateverFailsAVmSurvives) {
  auto chaos = options({"fidelity=flow"});
  chaos.files = {DWCP_SOURCE_DIR "/scenarios/chaos/random-faults.yaml"};
  chaos.seeds = std::pair<std::uint64_t, std::uint64_t>(1, 20);
  EXPECT_EQ(run_scenarios(chaos), RunOutcome::passed);
}

TEST_F(Flow, ALiveWorldHasNone) {
  EXPECT_THROW(run_scenarios(options({"world=live", "fidelity=flow"})), Error);
  EXPECT_FALSE(std::filesystem::exists(out_));
}

}  // namespace
}  // namespace dwcp::scenarios
