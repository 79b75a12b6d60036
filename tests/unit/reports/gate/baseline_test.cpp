#include "reports/gate/baseline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/unit/reports/gate/planted.hpp"

namespace dwcp::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

UpdateOptions because(const std::string& why) {
  UpdateOptions options;
  options.why = why;
  options.date = "2026-02-01";
  return options;
}

std::string problem_of(const std::string& text) { return parse_baseline(text, "b.json").error().detail; }

TEST(Baseline, ComesBackAsItWasWritten) {
  Baseline baseline = baseline_of_runs({planted(), with(planted("s/other", 7), "migration.total_time_s", 0.1 + 0.2)});
  baseline.tolerances = {{"migration.*", {0.05, 10}}};
  baseline.scenarios.begin()->second.tolerances = {{"vms.lost", {0, 1}}};
  const std::string text = to_json(baseline);
  const Baseline back = parse_baseline(text, baseline.file).value();
  EXPECT_EQ(to_json(back), text);
  EXPECT_EQ(back.scenarios.at("s/other, seed 7").metrics.at("migration.total_time_s"), 0.1 + 0.2);
  EXPECT_EQ(back.scenarios.begin()->second.tolerances.at("vms.lost").floor, 1);
  EXPECT_EQ(back.history.front().why, "first");
}

TEST(Baseline, HasOneMetricALineInOrder) {
  std::istringstream lines(to_json(baseline_of_runs({planted()})));
  std::vector<std::string> metrics;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("        \"")) metrics.push_back(line);
  EXPECT_EQ(metrics.size(), 6u);
  EXPECT_TRUE(std::is_sorted(metrics.begin(), metrics.end()));
  EXPECT_EQ(metrics.front(), "        \"amst.goodput_bps\": 400000000,");
}

TEST(Baseline, HoldsNeitherWallClocksNorZerosWithoutADirection) {
  const auto metrics = baseline_of_runs({planted()}).scenarios.begin()->second.metrics;
  EXPECT_FALSE(metrics.contains("run.wall_time_s"));
  EXPECT_FALSE(metrics.contains("hde.class_bytes.lz4"));
  EXPECT_TRUE(metrics.contains("hde.class_bytes.raw"));
  EXPECT_TRUE(metrics.contains("vms.lost"));
}

TEST(Baseline, WhatIsWrongWithAFileIsSaid) {
  EXPECT_THAT(problem_of("{"), HasSubstr("b.json"));
  EXPECT_THAT(problem_of("{}"), HasSubstr("is no baseline"));
  EXPECT_THAT(problem_of(R"({"schema": 9, "history": [], "scenarios": {}})"), HasSubstr("schema 9"));
  std::string text = to_json(baseline_of_runs({planted()}));
  std::string other = text;
  other.replace(other.find("\"suite/case, seed 1\""), 20, "\"suite/case, seed 2\"");
  EXPECT_THAT(problem_of(other), AllOf(HasSubstr("seed 2"), HasSubstr("seed 1")));
  other = text;
  other.replace(other.find("\"tolerances\": {}"), 16, R"("tolerances": {"a": {"percent": 5}})");
  EXPECT_THAT(problem_of(other), HasSubstr("'percent'"));
  other = text;
  other.replace(other.find("\"tolerances\": {}"), 16, R"("tolerances": {"a": {"share": -5}})");
  EXPECT_THAT(problem_of(other), HasSubstr("negative"));
}

TEST(Baseline, AFolderIsAllOfItsFiles) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "baselines_of_a_folder";
  std::filesystem::remove_all(folder);
  EXPECT_THAT(read_baselines(folder).error().detail, AllOf(HasSubstr("no baseline"), HasSubstr("--update")));
  write_baseline(baseline_of_runs({planted("b/x")}), folder / "b.json");
  write_baseline(baseline_of_runs({planted("a/x")}), folder / "a.json");
  const auto all = read_baselines(folder).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all.front().file, folder / "a.json");
  EXPECT_EQ(read_baselines(folder / "b.json").value().size(), 1u);
  std::filesystem::remove_all(folder);
}

TEST(Update, ReplacesWhatRanAndKeepsTheRest) {
  Baseline baseline = baseline_of_runs({planted("s/a"), planted("s/b")});
  auto run = with(planted("s/b"), "migration.bytes_wire", 42);
  run.commit = "def5678";
  const Updated updated = update_baseline(baseline, {run, planted("s/c")}, because("smaller")).value();
  EXPECT_EQ(updated.recorded, 2u);
  EXPECT_EQ(updated.added, 1u);
  EXPECT_EQ(updated.kept, 1u);
  EXPECT_EQ(baseline.scenarios.size(), 3u);
  EXPECT_EQ(baseline.scenarios.at("s/b, seed 1").metrics.at("migration.bytes_wire"), 42);
  EXPECT_EQ(baseline.scenarios.at("s/b, seed 1").commit, "def5678");
  EXPECT_EQ(baseline.scenarios.at("s/b, seed 1").date, "2026-02-01");
  EXPECT_EQ(baseline.scenarios.at("s/a, seed 1").date, "2026-01-31");
  EXPECT_EQ(baseline.history.front().why, "smaller");
  EXPECT_EQ(baseline.history.back().why, "first");
}

TEST(Update, ForgetsWhatWasNotRunWhenAsked) {
  Baseline baseline = baseline_of_runs({planted("s/a"), planted("s/b")});
  UpdateOptions options = because("renamed");
  options.drop_missing = true;
  EXPECT_EQ(update_baseline(baseline, {planted("s/a")}, options).value().dropped, 1u);
  EXPECT_FALSE(baseline.scenarios.contains("s/b, seed 1"));
}

TEST(Update, KeepsTolerancesAndABoundedHistory) {
  Baseline baseline = baseline_of_runs({planted()});
  baseline.scenarios.begin()->second.tolerances = {{"vms.lost", {0, 1}}};
  for (int i = 0; i < 50; ++i) update_baseline(baseline, {planted()}, because(std::to_string(i))).value();
  EXPECT_EQ(baseline.history.size(), reasons_max);
  EXPECT_EQ(baseline.history.front().why, "49");
  EXPECT_EQ(baseline.scenarios.begin()->second.tolerances.size(), 1u);
}

TEST(Update, TakesOnlyRunsThatAreWorthKeeping) {
  const auto refused = [](const std::function<void(reports::Run&)>& change) {
    Baseline baseline = baseline_of_runs({planted()});
    const std::string before = to_json(baseline);
    auto run = planted();
    change(run);
    const auto updated = update_baseline(baseline, {planted("s/good"), run}, because("x"));
    EXPECT_EQ(to_json(baseline), before);  // nothing of it
    return updated ? std::string("taken") : updated.error().detail;
  };
  EXPECT_THAT(refused([](reports::Run& run) { run.passed = false; }),
              AllOf(HasSubstr("suite/case, seed 1"), HasSubstr("did not pass")));
  EXPECT_THAT(refused([](reports::Run& run) { run.simulated = false; }), HasSubstr("live"));
  EXPECT_THAT(refused([](reports::Run& run) { run.scenario_hash = ""; }), HasSubstr("no hash"));
  EXPECT_THAT(refused([](reports::Run& run) { run.overrides = {"engine.streams=2"}; }), HasSubstr("engine.streams=2"));
}

// A scenario in which nothing that matters moves a figure by more than the table has gets a tolerance of its own.
TEST(Update, NeighboursWidenTolerances) {
  Baseline baseline = baseline_of_runs({planted()});
  const std::vector<reports::Run> neighbours{
      with(planted(), "migration.total_time_s", 1.8), with(planted(), "migrations.completed", 0),
      with(planted(), "migration.bytes_wire", 50'100'000), with(planted("s/other"), "amst.goodput_bps", 1)};
  UpdateOptions options = because("spread");
  options.neighbours = neighbours;
  EXPECT_EQ(update_baseline(baseline, {planted()}, options).value().widened, 1u);
  const auto& tolerances = baseline.scenarios.begin()->second.tolerances;
  ASSERT_EQ(tolerances.size(), 1u);
  EXPECT_NEAR(tolerances.at("migration.total_time_s").share, 0.25, 1e-9);  // 1.25 times 20 %
  EXPECT_FALSE(gated({with(planted(), "migration.total_time_s", 1.8)}, baseline).regressed());
  EXPECT_TRUE(gated({with(planted(), "migration.total_time_s", 2.0)}, baseline).regressed());
}

}  // namespace
}  // namespace dwcp::reports
