// dwcp compare and dwcp gate as their users run them, on runs that they ran.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace dwcp {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* small = DWCP_SOURCE_DIR "/tests/data/scenarios/small.yaml";

struct Ended {
  int status = -1;
  std::string output, diagnostics;
};

std::string content_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

class GateProgram : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // `{}` in the arguments is the test's folder.
  Ended dwcp(std::string arguments, const std::string& environment = "GITHUB_ACTIONS=") {
    for (std::size_t at; (at = arguments.find("{}")) != std::string::npos;) arguments.replace(at, 2, folder_.string());
    const std::string out = (folder_ / "stdout").string(), err = (folder_ / "stderr").string();
    const std::string line =
        environment + " " + DWCP_PROGRAM + " " + arguments + " >" + out + " 2>" + err + " </dev/null";
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content_of(out), content_of(err)};
  }
  void ran(const std::string& arguments) {
    const Ended run = dwcp("run " + arguments + " --quiet");
    ASSERT_EQ(run.status, 0) << run.output << run.diagnostics;
  }
  void recorded() {
    ran(std::string(small) + " --out {}/before");
    const Ended update = dwcp("gate --baseline {}/baseline.json {}/before --update --why 'the first'");
    ASSERT_EQ(update.status, 0) << update.diagnostics;
    EXPECT_THAT(update.output, HasSubstr("1 recorded, of them 1 new"));
  }

  const fs::path folder_ =
      fs::path(testing::TempDir()) /
      ("gate_" + std::to_string(getpid()) + "_" + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(GateProgram, TheSameProgramPassesExactly) {
  recorded();
  ran(std::string(small) + " --out {}/again");
  const Ended gate = dwcp("gate --baseline {}/baseline.json {}/again --quiet");
  EXPECT_EQ(gate.status, 0) << gate.output;
  EXPECT_THAT(gate.output, HasSubstr("figures within their limits, 1 run\n"));
  const auto json = nlohmann::json::parse(dwcp("gate --baseline {}/baseline.json {}/again --json").output);
  for (const auto& figure : json.at("scenarios").at(0).at("figures"))
    EXPECT_EQ(figure.at("outcome"), "equal") << figure.dump();
}

// An option of the engine that makes pages travel as they are: the plant that the gate must find from end to end.
TEST_F(GateProgram, MoreBytesFailWithMetricAmountLimitAndCommit) {
  recorded();
  ran(std::string(small) + " --set engine.compress=false --out {}/worse");
  const Ended gate = dwcp("gate --baseline {}/baseline.json {}/worse --junit {}/gate.xml", "GITHUB_ACTIONS=true");
  EXPECT_EQ(gate.status, 99);
  EXPECT_THAT(gate.output,
              AllOf(HasSubstr("✗ test/small, seed 1"), HasSubstr("✗ migration.bytes_wire"), HasSubstr("limit"),
                    HasSubstr("since "), HasSubstr("ran with --set engine.compress=false")));
  EXPECT_THAT(gate.output,
              HasSubstr("::error file=" + std::string(small) + ",title=regression in test/small%2C seed 1::"));
  EXPECT_THAT(content_of(folder_ / "gate.xml"), HasSubstr("name=\"migration.bytes_wire\">\n      <failure"));
}

TEST_F(GateProgram, RunsScenariosByItself) {
  recorded();
  const Ended gate = dwcp("gate --baseline {}/baseline.json " + std::string(small) + " --out {}/own --quiet");
  EXPECT_EQ(gate.status, 0) << gate.output << gate.diagnostics;
  EXPECT_THAT(gate.output, HasSubstr("1 run\n"));
}

TEST_F(GateProgram, AChangedScenarioIsToldFromARegression) {
  recorded();
  std::string text = content_of(small);
  text.replace(text.find("rate: 200Mbit/s"), 15, "rate: 20Mbit/s ");
  std::ofstream(folder_ / "small.yaml") << text;
  ran("{}/small.yaml --out {}/changed");
  const Ended gate = dwcp("gate --baseline {}/baseline.json {}/changed");
  EXPECT_EQ(gate.status, 1);
  EXPECT_THAT(gate.output, AllOf(HasSubstr("✗ 1 scenario changed\n"), Not(HasSubstr("✗ migration"))));
}

TEST_F(GateProgram, WordsAndThresholdsOfAScenarioAreNoChange) {
  recorded();
  std::string text = content_of(small);
  text.replace(text.find("about: A small"), 14, "about: One small");
  std::ofstream(folder_ / "small.yaml") << "# said otherwise\n" << text << "  - migration.rounds < 50\n";
  ran("{}/small.yaml --out {}/reworded");
  EXPECT_EQ(dwcp("gate --baseline {}/baseline.json {}/reworded").status, 0);
}

TEST_F(GateProgram, WhatIsMissingIsNamed) {
  recorded();
  ran(std::string(small) + " --seed 2 --out {}/other");
  const Ended gate = dwcp("gate --baseline {}/baseline.json {}/other");
  EXPECT_EQ(gate.status, 1);
  EXPECT_THAT(gate.output, AllOf(HasSubstr("test/small, seed 1"), HasSubstr("there is no result of it"),
                                 HasSubstr("test/small, seed 2"), HasSubstr("the baseline does not have it")));
}

TEST_F(GateProgram, WallClocksAreMeasuredInTurns) {
  const Ended gate =
      dwcp("gate --against " DWCP_PROGRAM " --repeats 5 --wall-limit 10 --json --out {}/turns " + std::string(small));
  ASSERT_EQ(gate.status, 0) << gate.output << gate.diagnostics;
  const auto json = nlohmann::json::parse(gate.output);
  ASSERT_EQ(json.at("wall_clock").size(), 2u);  // wall and processor time
  for (const auto& series : json.at("wall_clock")) {
    EXPECT_EQ(series.at("count_before"), 5);
    EXPECT_EQ(series.at("count_now"), 5);
  }
}

TEST_F(GateProgram, SaysWhatIsWrongWithItsUse) {
  EXPECT_EQ(dwcp("gate").status, 2);
  EXPECT_EQ(dwcp("gate --baseline {}/absent.json {}").status, 2);
  EXPECT_THAT(dwcp("gate --baseline {}/absent.json {}").diagnostics, HasSubstr("absent.json"));
  recorded();
  EXPECT_EQ(dwcp("gate --baseline {}/baseline.json {}/before --update").status, 2);
  EXPECT_THAT(dwcp("gate --baseline {}/baseline.json {}/before --update").diagnostics, HasSubstr("--why"));
  EXPECT_EQ(dwcp("gate --baseline {}/baseline.json").status, 2);
  EXPECT_EQ(dwcp("gate --against /bin/nothing " + std::string(small) + " --out {}/x").status, 2);
  EXPECT_EQ(dwcp("compare {}/before {}/absent").status, 2);
  EXPECT_EQ(dwcp("compare {}/before").status, 2);
}

TEST_F(GateProgram, TestsItself) {
  const Ended test = dwcp("gate --self-test");
  EXPECT_EQ(test.status, 0) << test.output;
  EXPECT_THAT(test.output, Not(HasSubstr("✗")));
}

TEST_F(GateProgram, CompareTellsNewsFromChance) {
  ran(std::string(small) + " --seeds 1..6 --out {}/a");
  ran(std::string(small) + " --seeds 1..6 --set engine.compress=false --out {}/b");
  const Ended same = dwcp("compare {}/a {}/a --fail-on worse,better,changed --metric 'm*'");
  EXPECT_EQ(same.status, 0) << same.output;
  EXPECT_EQ(dwcp("compare {}/a {}/b").status, 0);  // it only tells, unless it is asked to fail
  const Ended worse = dwcp("compare {}/a {}/b --fail-on worse --metric migration.bytes_wire");
  EXPECT_EQ(worse.status, 99);
  EXPECT_THAT(worse.output,
              AllOf(HasSubstr("✗ worse"), HasSubstr("--set engine.compress=false"), HasSubstr("paired by seed")));
  EXPECT_THAT(worse.output, Not(HasSubstr("\x1b")));
  EXPECT_THAT(worse.diagnostics, IsEmpty());
  const auto json = nlohmann::json::parse(dwcp("compare {}/a {}/b --json").output);
  EXPECT_EQ(json.at("groups").at(0).at("paired"), true);
}

TEST_F(GateProgram, CompareAndReportMakeTheSamePage) {
  ran(std::string(small) + " --seed 1 --out {}/a");
  ran(std::string(small) + " --seed 1 --set engine.compress=false --out {}/b");
  const Ended compared = dwcp("compare {}/a {}/b --html {}/page.html");
  EXPECT_EQ(compared.status, 0) << compared.diagnostics;
  EXPECT_THAT(compared.output, HasSubstr("page.html"));
  EXPECT_NO_THROW(nlohmann::json::parse(dwcp("compare {}/a {}/b --json --html {}/page.html").output));
  EXPECT_EQ(dwcp("report {}/a {}/b").status, 0);
  const std::string page = content_of(folder_ / "page.html");
  EXPECT_THAT(page,
              AllOf(HasSubstr("<!DOCTYPE html>"), HasSubstr("\"kind\":\"comparison\""), HasSubstr("\"timeline\"")));
  EXPECT_TRUE(page == content_of(folder_ / "b/comparison.html"));
  EXPECT_NE(dwcp("compare {}/a {}/b --html {}/absent/page.html").status, 0);
  EXPECT_THAT(dwcp("compare {}/a {}/b --html {}/absent/page.html").diagnostics, HasSubstr("absent/page.html"));
}

}  // namespace
}  // namespace dwcp
