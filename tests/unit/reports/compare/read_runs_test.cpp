#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "reports/compare/runs.hpp"
#include "tests/unit/reports/sample.hpp"

namespace dwcp::reports {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class ReadRuns : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  std::string said() { return read_runs(folder_).error().detail; }

  const fs::path folder_ = fs::path(testing::TempDir()) /
                           (std::string("read_runs_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

std::string result_with_seed(std::uint64_t seed) {
  Result result = sample_result();
  result.seed = seed;
  return to_json(result);
}

constexpr const char* a_bench = R"json({"schema": 1, "bench": "peers/transport",
  "commit": "dwcp 0.1.0 (commit 6dac1bc, Release, g++ 12.2.0)", "machine": {"cpu": "a cpu", "cores": 2},
  "rows": [{"case": "clean", "metric": "goodput", "unit": "bytes/s", "ours": 5.5, "peers": {}},
           {"case": "clean", "metric": "time", "unit": "s", "ours": null}]})json";

TEST_F(ReadRuns, AFolderAtAnyDepthSortedBySeedAndAge) {
  write("suite/case/20260102-000000-2/result.json", result_with_seed(2));
  write("suite/case/20260101-000000-2/result.json", result_with_seed(2));
  write("suite/case/20260103-000000-1/result.json", result_with_seed(1));
  fs::create_directory_symlink("20260103-000000-1", folder_ / "suite/case/latest");
  const auto runs = read_runs(folder_).value();
  ASSERT_EQ(runs.size(), 3u);  // the link adds nothing
  EXPECT_EQ(runs[0].seed, 1u);
  EXPECT_THAT(runs[1].order, HasSubstr("20260101"));
  EXPECT_THAT(runs[2].order, HasSubstr("20260102"));
  EXPECT_EQ(read_runs(folder_ / "suite/case/latest").value().size(), 1u);  // but may be named
}

TEST_F(ReadRuns, EveryMetricBecomesAFigure) {
  write("result.json", to_json(sample_result()));
  const auto run = read_runs(folder_ / "result.json").value().front();
  EXPECT_EQ(run.figures.at("migration.downtime_s").value, 0.084);
  EXPECT_EQ(run.figures.at("round.time_s.p99").value, 0.3);
  EXPECT_EQ(run.figures.at("run.wall_time_s").value, 1.25);
  EXPECT_EQ(run.figures.at("run.passed").value, 1);
  EXPECT_TRUE(run.simulated);
  EXPECT_EQ(run.commit, "abc1234");
}

TEST_F(ReadRuns, WhatRunPrintedWithJsonIsManyResults) {
  write("printed.json", result_with_seed(1) + result_with_seed(2));
  EXPECT_EQ(read_runs(folder_ / "printed.json").value().size(), 2u);
}

TEST_F(ReadRuns, BenchesByCaseAndMetric) {
  write("20260101.json", a_bench);
  const auto runs = read_runs(folder_).value();
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].subject.name, "bench peers/transport");
  EXPECT_EQ(runs[0].commit, "6dac1bc");
  EXPECT_EQ(runs[0].figures.size(), 1u);  // what was stopped early has none
  EXPECT_EQ(runs[0].figures.at("clean: goodput").value, 5.5);
  EXPECT_EQ(runs[0].figures.at("clean: goodput").unit, "bytes/s");
}

TEST_F(ReadRuns, OtherJsonInAFolderIsPassedOver) {
  write("run/result.json", result_with_seed(1));
  write("run/trace.json", "not even JSON");
  write("run/timeline.json", a_bench);  // it is the run's, whatever it holds
  write("findings.json", R"({"schema": 1, "failures": []})");
  write("notes.json", "{");
  EXPECT_EQ(read_runs(folder_).value().size(), 1u);
}

TEST_F(ReadRuns, ADamagedResultIsAnErrorThatNamesTheFile) {
  write("a/result.json", result_with_seed(1));
  write("b/result.json", result_with_seed(2).substr(0, 200));
  EXPECT_THAT(said(), HasSubstr("b/result.json"));
}

TEST_F(ReadRuns, ResultsOfAnotherSchemaAreRefused) {
  std::string other = result_with_seed(1);
  other.replace(other.find("\"schema\": 1"), 11, "\"schema\": 9");
  write("result.json", other);
  EXPECT_THAT(said(), AllOf(HasSubstr("result.json"), HasSubstr("schema 9")));
}

TEST_F(ReadRuns, WhatHoldsNothingIsNamed) {
  EXPECT_THAT(said(), HasSubstr("no result.json"));
  EXPECT_THAT(read_runs(folder_ / "absent").error().detail, HasSubstr("absent"));
  write("other.json", "[1, 2]");
  EXPECT_THAT(read_runs(folder_ / "other.json").error().detail, HasSubstr("neither"));
  write("empty.json", "");
  EXPECT_THAT(read_runs(folder_ / "empty.json").error().detail, HasSubstr("empty"));
}

}  // namespace
}  // namespace dwcp::reports
