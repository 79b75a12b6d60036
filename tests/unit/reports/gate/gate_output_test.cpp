#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/gate/gate.hpp"
#include "reports/gate/gate_words.hpp"
#include "tests/unit/reports/gate/planted.hpp"

namespace dwcp::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

GateResult regressed_result() {
  const Baseline baseline =
      baseline_of_runs({planted("s/bad"), planted("s/fine"), planted("s/gone"), planted("s/better")});
  auto bad = with(with(planted("s/bad"), "migration.bytes_wire", 52'500'000), "hde.class_bytes.raw", 33'000'000);
  GateResult result =
      gated({bad, with(planted("s/better"), "migration.total_time_s", 1.2), planted("s/fine")}, baseline);
  result.wall = check_wall({{"s/bad", "run.wall_time_s", {1, 1.1, 1.2, 1.05, 1.15}, {2, 2.1, 2.2, 2.05, 2.15}}}, {});
  return result;
}

TEST(GateOutput, SaysWhichMetricByHowMuchAgainstWhatLimitSinceWhen) {
  const std::string text = render_gate(regressed_result(), {false, 80}, false);
  EXPECT_THAT(
      text, AllOf(HasSubstr("✗ s/bad, seed 1"), HasSubstr("since abc1234, 2026-01-31"),
                  HasSubstr("✗ migration.bytes_wire"), HasSubstr("+5.0 %"), HasSubstr("≤ 48.6 MiB"),
                  HasSubstr("~ hde.class_bytes.raw"), HasSubstr("reproduce: dwcp run scenarios/s/bad.yaml --seed 1")));
  EXPECT_THAT(text, AllOf(HasSubstr("✗ s/gone, seed 1"), HasSubstr("there is no result of it"), HasSubstr("✓ s/better"),
                          HasSubstr("-20.0 %"), HasSubstr("--update --why"), HasSubstr("wall clock")));
  EXPECT_THAT(text, Not(HasSubstr("s/fine")));
  EXPECT_THAT(render_gate(regressed_result(), {false, 80}, true), HasSubstr("s/fine"));
}

TEST(GateOutput, FitsTheTerminalAndColoursOnlyWhereAsked) {
  for (const unsigned width : {80u, 120u}) {
    std::istringstream lines(render_gate(regressed_result(), {false, width}, true));
    for (std::string line; std::getline(lines, line);)
      EXPECT_TRUE(columns(line) <= width || line.find(" --") != std::string::npos) << line;  // commands stay whole
  }
  EXPECT_THAT(render_gate(regressed_result(), {false, 80}, true), Not(HasSubstr("\x1b")));
  EXPECT_THAT(render_gate(regressed_result(), {true, 80}, true), HasSubstr("\x1b[31m"));
}

TEST(GateOutput, TheSummaryIsOneLine) {
  EXPECT_EQ(gate_summary(gated({planted()})), "5 figures within their limits, 1 run");
  EXPECT_EQ(
      gate_summary(regressed_result()),
      "1 regression, 1 slower by the wall clock, 1 scenario was not run; 14 of 15 figures within their limits, 4 runs, "
      "1 improved beyond it; 1 wall-clock series");
}

TEST(GateOutput, TheSummarySaysWhenTheWiderTolerancesCounted) {
  auto run = planted();
  run.versions["zstd"] = "1.5.7";
  EXPECT_THAT(gate_summary(gated({run})), HasSubstr("other compiler or libraries"));
}

TEST(GateOutput, HintsAtTheUpdate) {
  EXPECT_FALSE(gate_hint(gated({planted()})));
  EXPECT_THAT(gate_hint(gated({with(planted(), "migration.total_time_s", 1.0)}))->words, HasSubstr("gained"));
  EXPECT_THAT(gate_hint(gated({}))->command, HasSubstr("--drop-missing"));
  auto failed = planted();
  failed.passed = false;
  EXPECT_FALSE(gate_hint(gated({failed})));
}

TEST(GateOutput, JsonTellsAllOfIt) {
  const auto json = nlohmann::json::parse(gate_json(regressed_result()));
  EXPECT_EQ(json.at("verdict"), "regressed");
  EXPECT_EQ(json.at("regressions"), 1);
  const auto& scenario = json.at("scenarios").at(0);
  EXPECT_EQ(scenario.at("outcome"), "regression");
  const auto& figure = scenario.at("figures").at(0);
  EXPECT_EQ(figure.at("metric"), "migration.bytes_wire");
  EXPECT_EQ(figure.at("baseline"), 50'000'000);
  EXPECT_EQ(figure.at("value"), 52'500'000);
  EXPECT_NEAR(figure.at("limit").get<double>(), 51'000'000, 1);
  EXPECT_EQ(json.at("wall_clock").at(0).at("outcome"), "regression");
  EXPECT_EQ(nlohmann::json::parse(gate_json(gated({}))).at("verdict"), "incomplete");
  EXPECT_EQ(nlohmann::json::parse(gate_json(gated({planted()}))).at("verdict"), "passed");
}

TEST(GateOutput, JunitHasACaseForEachGatedFigure) {
  const std::string xml = gate_junit(regressed_result());
  EXPECT_THAT(xml, HasSubstr("tests=\"20\" failures=\"3\""));  // 4 scenarios, 15 figures, 1 series
  EXPECT_THAT(xml, HasSubstr("<testcase classname=\"s/bad, seed 1\" name=\"migration.bytes_wire\">"));
  EXPECT_THAT(xml, HasSubstr("since: abc1234, 2026-01-31"));
  EXPECT_THAT(xml, HasSubstr("<testcase classname=\"s/fine, seed 1\" name=\"vms.lost\"/>"));
}

TEST(GateOutput, AnnotationsAreGitHubsCommands) {
  const std::string text = gate_annotations(regressed_result());
  EXPECT_THAT(text,
              HasSubstr("::error file=scenarios/s/bad.yaml,title=regression in s/bad%2C seed 1::migration.bytes_wire "
                        "47.7 MiB -> 50.1 MiB (+5.0 %25), limit 48.6 MiB (+2 %25)%0Asince abc1234, 2026-01-31\n"));
  EXPECT_THAT(text, HasSubstr("::notice file=scenarios/s/better.yaml,"));
}

TEST(GateOutput, AnnotationsAreBounded) {
  std::vector<reports::Run> runs;
  for (int i = 0; i < 30; ++i) runs.push_back(planted("s/" + std::to_string(i)));
  const auto errors_of = [](const std::string& text) {
    std::size_t n = 0;
    for (std::size_t at = text.find("::error"); at != std::string::npos; at = text.find("::error", at + 1)) ++n;
    return n;
  };
  Baseline none;
  const std::string many = gate_annotations(gated(runs, none));
  EXPECT_EQ(errors_of(many), annotations_max);
  EXPECT_THAT(many, HasSubstr("and 21 more"));
  runs.resize(10);
  const std::string ten = gate_annotations(gated(runs, none));
  EXPECT_EQ(errors_of(ten), 10u);
  EXPECT_THAT(ten, Not(HasSubstr(" more")));
}

}  // namespace
}  // namespace dwcp::reports
