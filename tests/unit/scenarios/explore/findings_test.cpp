#include "scenarios/explore/findings.hpp"

#include <gmock/gmock.h>

#include "tests/unit/scenarios/explore/documents.hpp"

namespace dwcp::scenarios {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(KindOfFailure, KeepsTheLeastSeedsInWhateverOrderTheyCome) {
  KindOfFailure failure;
  EXPECT_TRUE(failure.add(5));
  EXPECT_FALSE(failure.add(7));
  EXPECT_TRUE(failure.add(2));
  EXPECT_THAT(failure.seeds, ElementsAre(2, 5, 7));
  for (std::uint64_t seed = 100; seed > 10; --seed) failure.add(seed);
  EXPECT_EQ(failure.count, 93u);
  EXPECT_THAT(failure.seeds, ElementsAre(2, 5, 7, 11, 12, 13, 14, 15, 16, 17));
}

Findings two_kinds() {
  Findings findings;
  findings.scenario = "test/busy";
  findings.file = "busy.yaml";
  findings.seeds_tried = 50;
  findings.first_seed = 1;
  findings.last_seed = 50;
  findings.passed = 47;
  findings.wall_s = 10;
  findings.jobs = 2;
  KindOfFailure& lost = findings.kinds["one_owner"];
  lost.mode.kind = "one_owner";
  lost.mode.detail = "VM 'one' runs nowhere";
  lost.reproduce = "dwcp run busy.yaml --seed 3";
  lost.add(3);
  lost.add(9);
  lost.minimised = MinimisedFile{.file = "out/one_owner-seed-3.yaml",
                                 .replay = "dwcp run out/one_owner-seed-3.yaml",
                                 .before = {{"faults", 4}, {"VMs", 2}},
                                 .after = {{"faults", 1}, {"VMs", 2}},
                                 .runs = 17,
                                 .complete = true};
  KindOfFailure& slow = findings.kinds["migration.rounds < 5"];
  slow.mode.kind = "migration.rounds < 5";
  slow.add(4);
  slow.minimised.emplace().runs = 1;
  return findings;
}

TEST(Findings, AsJson) {
  const Json json = Json::parse(to_json(two_kinds()));
  EXPECT_EQ(json["schema"], exploration_schema_version);
  EXPECT_EQ(json["seeds"], Json({{"tried", 50}, {"first", 1}, {"last", 50}, {"passed", 47}, {"failed", 3}}));
  EXPECT_EQ(json["runs_per_second"], 5.0);
  ASSERT_EQ(json["failures"].size(), 2u);
  const Json& lost = json["failures"][1];
  EXPECT_EQ(lost["kind"], "one_owner");
  EXPECT_EQ(lost["count"], 2);
  EXPECT_EQ(lost["seeds"], Json({3, 9}));
  EXPECT_EQ(lost["minimised"]["file"], "out/one_owner-seed-3.yaml");
  EXPECT_EQ(lost["minimised"]["before"]["faults"], 4);
  EXPECT_EQ(lost["minimised"]["after"]["faults"], 1);
  EXPECT_TRUE(json["failures"][0]["minimised"]["file"].is_null());
}

TEST(Findings, AsATable) {
  const std::string text = render_findings(two_kinds(), {});
  EXPECT_THAT(text, HasSubstr("one_owner                    2  3, 9"));
  EXPECT_THAT(text, HasSubstr("✗ one_owner  VM 'one' runs nowhere"));
  EXPECT_THAT(text, HasSubstr("reproduce: dwcp run busy.yaml --seed 3"));
  EXPECT_THAT(text, HasSubstr("minimised: faults 4 → 1  (17 runs)"));
  EXPECT_THAT(text, HasSubstr("replay: dwcp run out/one_owner-seed-3.yaml"));
  EXPECT_THAT(text, HasSubstr("not minimised: with its faults made explicit the run did not fail so again (1 run)"));
  EXPECT_THAT(text, HasSubstr("✗ 3 of 50 seeds failed   10.0 s, 5.0 seeds/s, 2 at once"));
}

TEST(Findings, SayWhenNothingFailed) {
  Findings findings;
  findings.seeds_tried = findings.passed = 6;
  findings.wall_s = 2;
  const std::string text = render_findings(findings, {});
  EXPECT_THAT(text, HasSubstr("✓ 6 seeds passed"));
  EXPECT_THAT(text, Not(HasSubstr("kind")));
}

SuiteFindings three_scenarios() {
  SuiteFindings suite{.suite = "test", .commit = "0123456", .wall_s = 20, .jobs = 2, .scenarios = {two_kinds()}};
  Findings& swept = suite.scenarios.emplace_back();
  swept.scenario = "test/swept";
  swept.seeds_tried = swept.passed = 30;
  swept.swept = {"faults.0.kill.host=a", "engine.streams=2"};
  suite.scenarios.push_back(swept);
  KindOfFailure& lost = suite.scenarios.back().kinds["vms.lost == 0"];
  lost.mode.kind = "vms.lost == 0";
  lost.add(8);
  suite.scenarios.back().passed = 29;
  return suite;
}

TEST(Findings, OfASuiteAsJson) {
  const Json json = Json::parse(to_json(three_scenarios()));
  EXPECT_EQ(json["suite"], "test");
  EXPECT_EQ(json["runs"], Json({{"tried", 110}, {"passed", 106}, {"failed", 4}}));
  EXPECT_EQ(json["runs_per_second"], 5.5);
  ASSERT_EQ(json["scenarios"].size(), 3u);
  EXPECT_EQ(json["scenarios"][0], Json::parse(to_json(two_kinds())));
  EXPECT_EQ(json["scenarios"][2]["swept"], Json({"faults.0.kill.host=a", "engine.streams=2"}));
}

TEST(Findings, OfASuiteAsATable) {
  const std::string text = render_findings(three_scenarios(), {});
  EXPECT_THAT(text, HasSubstr("  scenario    combinations     runs   failed\n"));
  EXPECT_THAT(text, HasSubstr("  test/busy              1       50        3\n"));
  EXPECT_THAT(text, HasSubstr("  test/swept             2       60        1\n"));
  EXPECT_THAT(text,
              HasSubstr("✗ test/busy: one_owner  VM 'one' runs nowhere\n    reproduce: dwcp run busy.yaml --seed 3"));
  EXPECT_THAT(text, HasSubstr("replay: dwcp run out/one_owner-seed-3.yaml"));
  EXPECT_THAT(text, HasSubstr("✗ test/swept (faults.0.kill.host=a, engine.streams=2): vms.lost == 0"));
  EXPECT_THAT(text, HasSubstr("✗ 4 of 110 runs failed   20.0 s, 5.5 runs/s, 2 at once"));
}

TEST(CountParts, CountsEveryKind) {
  EXPECT_THAT(count_parts(busy()),
              ElementsAre(std::pair("faults", 4u), std::pair("VMs", 2u), std::pair("events", 3u),
                          std::pair("hosts", 3u), std::pair("switches", 0u), std::pair("links", 3u),
                          std::pair("expectations", 3u), std::pair("settings", 10u)));
}

}  // namespace
}  // namespace dwcp::scenarios
