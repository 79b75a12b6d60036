#include "reports/gate/drift.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/random.hpp"
#include "tests/unit/reports/gate/planted.hpp"

namespace dwcp::reports {
namespace {

// Twenty scenarios, each held against a baseline of the same figures but for `factor`.
GateResult drifted(
    const std::string& metric, const std::function<double(int)>& factor,
    const std::function<void(reports::Run&)>& change = [](reports::Run&) {}) {
  std::vector<reports::Run> before, now;
  for (int i = 0; i < 20; ++i) {
    before.push_back(with(planted("s/" + std::to_string(i)), metric, 1e8 + 1e6 * i));
    now.push_back(with(before.back(), metric, before.back().figures.at(metric).value * factor(i)));
    change(now.back());
  }
  return gated(now, baseline_of_runs(before));
}

const DriftCheck& drift_in(const GateResult& result, const std::string& metric) {
  for (const DriftCheck& check : result.drift)
    if (check.metric == metric) return check;
  throw std::out_of_range(metric);
}

TEST(Drift, OneAndAHalfPercentEverywhereIsFoundThoughNoScenarioFails) {
  const GateResult result = drifted("migration.bytes_wire", [](int) { return 1.015; });
  EXPECT_EQ(result.figures(FigureOutcome::regression), 0u);
  EXPECT_EQ(drift_in(result, "migration.bytes_wire").outcome, DriftOutcome::regression);
  EXPECT_NEAR(drift_in(result, "migration.bytes_wire").ratio, 1.015, 1e-9);
  EXPECT_TRUE(result.regressed());
  EXPECT_EQ(drift_in(drifted("amst.goodput_bps", [](int) { return 0.985; }), "amst.goodput_bps").outcome,
            DriftOutcome::regression);
}

TEST(Drift, TheOtherWayIsAnImprovement) {
  EXPECT_FALSE(drifted("migration.bytes_wire", [](int) { return 0.985; }).regressed());
  EXPECT_EQ(drift_in(drifted("migration.bytes_wire", [](int) { return 0.985; }), "migration.bytes_wire").outcome,
            DriftOutcome::improvement);
}

TEST(Drift, MovesThatCancelAreNone) {
  Random random(3);
  const GateResult result = drifted("migration.bytes_wire", [&](int) { return 0.8 + 0.4 * random.uniform(); });
  EXPECT_EQ(drift_in(result, "migration.bytes_wire").outcome, DriftOutcome::told);
}

TEST(Drift, AFewThatMoveFarAreNone) {
  const GateResult result = drifted("migration.bytes_wire", [](int i) { return i < 4 ? 3.0 : 1.0; });
  EXPECT_EQ(drift_in(result, "migration.bytes_wire").outcome, DriftOutcome::told);
}

TEST(Drift, OtherLibrariesOptionsOrScenariosHaveNoVote) {
  const auto factor = [](int) { return 1.015; };
  EXPECT_TRUE(
      drifted("migration.bytes_wire", factor, [](reports::Run& run) { run.versions["zstd"] = "9"; }).drift.empty());
  EXPECT_TRUE(
      drifted("migration.bytes_wire", factor, [](reports::Run& run) { run.overrides = {"a=b"}; }).drift.empty());
  EXPECT_TRUE(
      drifted("migration.bytes_wire", factor, [](reports::Run& run) { run.scenario_hash = "x"; }).drift.empty());
  EXPECT_TRUE(drifted("migration.bytes_wire", factor, [](reports::Run& run) { run.passed = false; }).drift.empty());
}

TEST(Drift, APointOfASweepIsNoScenario) {
  std::vector<reports::Run> before, now;
  for (int i = 0; i < 20; ++i) {
    auto run = planted("s/one");
    run.subject.swept = {{"engine.streams", std::to_string(i)}};
    before.push_back(run);
    now.push_back(with(run, "migration.bytes_wire", run.figures.at("migration.bytes_wire").value * 1.015));
  }
  EXPECT_TRUE(gated(now, baseline_of_runs(before)).drift.empty());
}

}  // namespace
}  // namespace dwcp::reports
