#include "reports/gate/gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/reports/gate/planted.hpp"

namespace dwcp::reports {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(Gate, WhatIsUnchangedPasses) {
  const GateResult result = gated({planted()});
  EXPECT_FALSE(result.regressed());
  EXPECT_FALSE(result.incomplete());
  EXPECT_EQ(result.gated(),
            5u);  // of eight: one is a wall clock's, one has no direction, one is none of the baseline's
  EXPECT_EQ(result.figures(FigureOutcome::equal), 6u);
}

TEST(Gate, FivePercentMoreBytesFailAndAreNamed) {
  const GateResult result = gated({with(planted(), "migration.bytes_wire", 52'500'000)});
  EXPECT_TRUE(result.regressed());
  const ScenarioCheck& scenario = result.scenarios.front();
  EXPECT_EQ(scenario.outcome, ScenarioOutcome::regression);
  EXPECT_EQ(scenario.baseline_commit, "abc1234");
  EXPECT_EQ(scenario.baseline_date, "2026-01-31");
  EXPECT_EQ(scenario.figures.front().metric, "migration.bytes_wire");  // what is worst comes first
  EXPECT_NEAR(scenario.figures.front().limit.value, 51'000'000, 1);
}

TEST(Gate, TheLimitItselfPasses) {
  EXPECT_FALSE(gated({with(planted(), "migration.bytes_wire", 51'000'000)}).regressed());
  EXPECT_TRUE(gated({with(planted(), "migration.bytes_wire", 51'000'001)}).regressed());
  // 1.5 s and 3 % are 1.545 s, which binary fractions miss by a little.
  EXPECT_FALSE(gated({with(planted(), "migration.total_time_s", 1.545)}).regressed());
}

TEST(Gate, WhereMoreIsGoodLessFails) {
  EXPECT_TRUE(gated({with(planted(), "amst.goodput_bps", 380e6)}).regressed());
  EXPECT_FALSE(gated({with(planted(), "amst.goodput_bps", 420e6)}).regressed());
  EXPECT_TRUE(gated({with(planted(), "migrations.completed", 0)}).regressed());
  EXPECT_TRUE(gated({with(planted(), "vms.lost", 1)}).regressed());
}

TEST(Gate, ImprovementsPassAndAreTold) {
  const GateResult result = gated({with(planted(), "migration.bytes_wire", 40'000'000)});
  EXPECT_FALSE(result.regressed());
  EXPECT_EQ(result.figures(FigureOutcome::improvement), 1u);
}

TEST(Gate, AWallClockNeverFails) { EXPECT_FALSE(gated({with(planted(), "run.wall_time_s", 2000)}).regressed()); }

TEST(Gate, WhatHasNoDirectionIsTold) {
  const GateResult result = gated({with(planted(), "hde.class_bytes.raw", 60'000'000)});
  EXPECT_FALSE(result.regressed());
  EXPECT_EQ(figure_in(result, "hde.class_bytes.raw").outcome, FigureOutcome::told);
}

TEST(Gate, AGatedFigureThatIsGoneFails) {
  auto run = planted();
  run.figures.erase("migration.bytes_wire");
  const GateResult result = gated({run});
  EXPECT_TRUE(result.regressed());
  EXPECT_EQ(result.scenarios.front().figures.front().outcome, FigureOutcome::gone);
}

TEST(Gate, ANewMetricIsNamedAndFailsNothing) {
  const GateResult result = gated({with(planted(), "migration.downtime_s", 0.1)});
  EXPECT_FALSE(result.regressed());
  EXPECT_THAT(result.scenarios.front().added, ElementsAre("migration.downtime_s"));
}

TEST(Gate, AScenarioMissingOnEitherSideIsAnErrorThatNamesIt) {
  const Baseline baseline = baseline_of_runs({planted("s/both"), planted("s/gone")});
  const GateResult result = gated({planted("s/both"), planted("s/new")}, baseline);
  EXPECT_FALSE(result.regressed());
  EXPECT_TRUE(result.incomplete());
  ASSERT_EQ(result.scenarios.size(), 3u);
  EXPECT_EQ(result.scenarios[0].subject.name, "s/gone");
  EXPECT_EQ(result.scenarios[0].outcome, ScenarioOutcome::not_run);
  EXPECT_EQ(result.scenarios[1].subject.name, "s/new");
  EXPECT_EQ(result.scenarios[1].outcome, ScenarioOutcome::not_recorded);
  EXPECT_EQ(check_runs({baseline}, {planted("s/both")}, Completeness::only_what_ran).incomplete(), false);
}

TEST(Gate, AnotherSeedAndAnotherPointOfASweepAreOtherScenarios) {
  EXPECT_EQ(gated({planted("suite/case", 2)}).count(ScenarioOutcome::not_recorded), 1u);
  auto run = planted();
  run.subject.swept = {{"engine.streams", "2"}};
  EXPECT_EQ(gated({run}).count(ScenarioOutcome::not_recorded), 1u);
}

TEST(Gate, AChangedScenarioIsToldFromARegression) {
  auto run = with(planted(), "migration.bytes_wire", 90'000'000);
  run.scenario_hash = "ffeeddccbbaa9988";
  const GateResult result = gated({run});
  EXPECT_FALSE(result.regressed());
  EXPECT_TRUE(result.incomplete());
  EXPECT_EQ(result.scenarios.front().outcome, ScenarioOutcome::scenario_changed);
  EXPECT_EQ(result.gated(), 0u);
}

TEST(Gate, AnUnknownHashIsNoChange) {
  auto run = with(planted(), "migration.bytes_wire", 90'000'000);
  run.scenario_hash = "";
  EXPECT_TRUE(gated({run}).regressed());
  EXPECT_FALSE(gated({run}).incomplete());
}

TEST(Gate, ARunThatDidNotPassFails) {
  auto run = planted();
  run.passed = false;
  run.failure = "one_owner: two hosts run web-1";
  run.figures["migration.total_time_s"].value = 0;  // it did not happen, which is no improvement
  const GateResult result = gated({run});
  EXPECT_TRUE(result.regressed());
  EXPECT_EQ(result.scenarios.front().outcome, ScenarioOutcome::run_failed);
  EXPECT_EQ(result.scenarios.front().detail, run.failure);
  EXPECT_EQ(result.figures(FigureOutcome::improvement), 0u);
}

TEST(Gate, OptionsOfTheRunAreToldAndGatedAllTheSame) {
  auto run = with(planted(), "migration.bytes_wire", 52'500'000);
  run.overrides = {"engine.compress=false"};
  const GateResult result = gated({run});
  EXPECT_TRUE(result.regressed());
  EXPECT_THAT(result.scenarios.front().overrides, ElementsAre("engine.compress=false"));
}

TEST(Gate, OtherLibrariesGetTheWiderTolerance) {
  auto run = with(planted(), "migration.bytes_wire", 52'000'000);
  EXPECT_TRUE(gated({run}).regressed());
  run.versions["zstd"] = "1.5.7";
  const GateResult result = gated({run});
  EXPECT_FALSE(result.regressed());
  EXPECT_THAT(result.scenarios.front().elsewhere, testing::AllOf(HasSubstr("zstd 1.5.4"), HasSubstr("zstd 1.5.7")));
  EXPECT_TRUE(gated({with(run, "vms.lost", 1)}).regressed());  // no library loses a VM
}

TEST(Gate, AnotherBuildTypeIsNoOtherLibrary) {
  auto run = planted();
  run.versions["build"] = "RelWithDebInfo";
  run.versions["dwcp"] = "0.2.0";
  EXPECT_EQ(gated({run}).scenarios.front().elsewhere, "");
}

TEST(Gate, OfOneSeedTheNewestRunCounts) {
  const auto old = with(planted(), "migration.bytes_wire", 90'000'000);
  EXPECT_FALSE(gated({old, planted()}).regressed());
  EXPECT_TRUE(gated({planted(), old}).regressed());
}

TEST(Gate, LiveRunsAndBenchesAreNotedAndLeftOut) {
  auto live = planted("s/live"), bench = planted("bench peers/transport");
  live.simulated = false;
  bench.bench = true;
  const GateResult result = gated({planted(), live, bench});
  EXPECT_FALSE(result.incomplete());
  EXPECT_THAT(result.notes, Contains(HasSubstr("s/live is live")));
  EXPECT_THAT(result.notes, Contains(HasSubstr("benches")));
}

TEST(Gate, SeveralBaselinesAreOne) {
  const GateResult result = check_runs({baseline_of_runs({planted("a/one")}), baseline_of_runs({planted("b/two")})},
                                       {planted("a/one"), planted("b/two")}, Completeness::all);
  EXPECT_FALSE(result.incomplete());
  EXPECT_EQ(result.scenarios.size(), 2u);
}

}  // namespace
}  // namespace dwcp::reports
