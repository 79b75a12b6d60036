#include "reports/report.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "reports/report_events.hpp"
#include "reports/report_series.hpp"
#include "tests/unit/reports/embedded.hpp"
#include "tests/unit/reports/sample.hpp"

namespace dwcp::reports {
namespace {

using nlohmann::ordered_json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

class ReportTest : public testing::Test {
 protected:
  void SetUp() override {
    out_ = std::filesystem::path(testing::TempDir()) / ("dwcp-report-" + std::to_string(getpid()));
    std::filesystem::remove_all(out_);
  }
  void TearDown() override { std::filesystem::remove_all(out_); }

  std::filesystem::path put(const std::string& folder, const Result& result) const {
    const auto path = out_ / folder;
    std::filesystem::create_directories(path);
    std::ofstream(path / "result.json") << to_json(result);
    return path;
  }
  static Result run_of(const std::string& scenario, std::uint64_t seed) {
    Result result = sample_result();
    result.scenario = scenario;
    result.seed = seed;
    return result;
  }

  std::filesystem::path out_;
};

TEST_F(ReportTest, OfARunHasItsResultSeriesAndEvents) {
  const auto folder = put("one", sample_result());
  std::ofstream(folder / "timeline.json")
      << R"({"schema":1,"interval_s":0.01,"left_out":{},"series":[{"metric":"link.rate_bps","unit":"bit/s","labels":{"link":"l"},"t_s":[0.02],"v":[5]}]})";
  std::ofstream(folder / "events.jsonl")
      << R"({"time_ns":1500000000,"source":"world","event":"scenario.fault","what":"cut </script>"})" << '\n';
  const std::string page = run_report(folder);
  const auto data = nlohmann::json::parse(embedded_data(page));
  EXPECT_EQ(data["kind"], "run");
  EXPECT_EQ(data["result"], nlohmann::json::parse(to_json(sample_result())));
  EXPECT_EQ(data["timeline"]["series"][0]["parts"], nlohmann::json::parse("[[2,[5]]]"));
  EXPECT_EQ(data["events"][0]["t_s"], 1.5);
  EXPECT_EQ(data["events"][0]["what"], "cut </script>");
}

TEST_F(ReportTest, OfAnOldResultNeedsNoMoreThanThat) {
  const auto data = nlohmann::json::parse(embedded_data(run_report(put("old", sample_result()))));
  EXPECT_FALSE(data.contains("timeline"));
  EXPECT_FALSE(data.contains("events"));
}

TEST_F(ReportTest, WhatCannotBeReadIsNamed) {
  EXPECT_THAT([&] { run_report(out_ / "nowhere"); }, ThrowsMessage<Error>(HasSubstr("nowhere/result.json")));
  const auto folder = put("one", sample_result());
  std::ofstream(folder / "timeline.json") << "{}";
  EXPECT_THAT([&] { run_report(folder); }, ThrowsMessage<Error>(HasSubstr("one/timeline.json")));
  std::ofstream(folder / "timeline.json") << R"({"interval_s":1,"series":[]})";
  std::ofstream(folder / "events.jsonl") << "\nno event\n";
  EXPECT_THAT([&] { run_report(folder); },
              ThrowsMessage<Error>(testing::AllOf(HasSubstr("one/events.jsonl"), HasSubstr("line 2"))));
  std::ofstream(folder / "result.json") << "{";
  EXPECT_THAT([&] { run_report(folder); }, ThrowsMessage<Error>(HasSubstr("one/result.json")));
}

TEST_F(ReportTest, ManyMigrationsAreCountedWhereTheyAreLeftOut) {
  Result result = sample_result();
  result.migrations.assign(report_migrations_max + 7, result.migrations.front());
  const auto data = nlohmann::json::parse(embedded_data(run_report(put("many", result))));
  EXPECT_EQ(data["migrations_left_out"], 7);
  EXPECT_EQ(data["result"]["migrations"].size(), report_migrations_max);
}

TEST_F(ReportTest, TheNewestRunsOfEachScenarioAreFound) {
  put("s/a/20260101-000000-1", run_of("s/a", 1));
  put("s/a/20260101-000000-2", run_of("s/a", 2));
  put("s/a/20260102-000000-2", run_of("s/a", 2));
  put("s/a/20260102-000000-10", run_of("s/a", 10));
  put("s/b/20260101-000000-1", run_of("s/b", 1));
  std::filesystem::create_directory_symlink("20260102-000000-2", out_ / "s/a/latest");
  const auto found = find_runs(out_);
  EXPECT_EQ(found.older, 2u);
  ASSERT_THAT(found.runs, SizeIs(3));
  EXPECT_EQ(found.runs[0].folder, out_ / "s/a/20260102-000000-2");
  EXPECT_EQ(found.runs[1].result.seed, 10u);
  EXPECT_EQ(found.runs[2].result.scenario, "s/b");
  EXPECT_THAT([&] { find_runs(out_ / "s/a/20260102-000000-2/none"); }, ThrowsMessage<Error>(HasSubstr("none")));
}

TEST_F(ReportTest, PointsOfASweepAreApart) {
  Result fast = run_of("s/a", 1), slow = run_of("s/a", 1);
  fast.swept = {{"rate", "2Gbit/s"}};
  slow.swept = {{"rate", "1Gbit/s"}};
  put("s/a/20260101-000000-1", fast);
  put("s/a/20260101-000001-1", slow);
  EXPECT_THAT(find_runs(out_).runs, SizeIs(2));
}

TEST_F(ReportTest, OfManyRunsLinksToEach) {
  Result failed = run_of("s/b", 1);
  failed.verdict = Verdict::failed;
  failed.violations.assign(5, {"one_owner", Duration(1), "two hosts"});
  const std::vector<FinishedRun> runs{{put("s/a/1", run_of("s/a", 1)), run_of("s/a", 1)},
                                      {put("s/b/1", failed), failed}};
  std::ofstream(out_ / "s/a/1/report.html") << "page";
  const auto data = nlohmann::json::parse(embedded_data(runs_report(runs, out_, 4)));
  EXPECT_EQ(data["kind"], "runs");
  EXPECT_EQ(data["title"], "s");
  EXPECT_EQ(data["older_left_out"], 4);
  ASSERT_EQ(data["runs"].size(), 2u);
  EXPECT_EQ(data["runs"][0]["report"], "s/a/1/report.html");
  EXPECT_FALSE(data["runs"][1].contains("report"));
  EXPECT_EQ(data["runs"][1]["violations"].size(), 3u);
  EXPECT_EQ(data["runs"][1]["violations_left_out"], 2);
  const auto at = std::ranges::find(data["metrics"], "migration.downtime_s") - data["metrics"].begin();
  EXPECT_EQ(data["runs"][0]["metrics"][static_cast<std::size_t>(at)], 0.084);
}

TEST_F(ReportTest, OfTooManyRunsThoseThatFailedStay) {
  std::vector<FinishedRun> runs(report_runs_max + 5, {out_, run_of("s/a", 1)});
  runs.back().result.verdict = Verdict::failed;
  runs.back().result.seed = 77;
  const auto data = nlohmann::json::parse(embedded_data(runs_report(runs, out_, 0)));
  EXPECT_EQ(data["runs_left_out"], 5);
  EXPECT_EQ(data["runs"].size(), report_runs_max);
  EXPECT_EQ(data["runs"].back()["seed"], 77);
}

TEST(ReportSeries, GapsPartTheValuesAndTooManyAreLeftOut) {
  const auto timeline = ordered_json::parse(R"({"interval_s":0.02,"left_out":{"stream":2},"series":[
    {"metric":"link.loss","unit":"1","labels":{},"t_s":[0.02,0.04,0.1],"v":[1,2,3]},
    {"metric":"stream.rate_bps","unit":"bit/s","labels":{},"t_s":[0,0.02],"v":[4,5]},
    {"metric":"stream.rtt_s","unit":"s","labels":{},"t_s":[0],"v":[6]}]})");
  const auto all = embedded_series(timeline, 6);
  EXPECT_EQ(all["series"][0]["parts"], ordered_json::parse("[[1,[1,2]],[5,[3]]]"));
  EXPECT_EQ(all["series"].size(), 3u);
  EXPECT_EQ(all["left_out"]["stream"], 2);
  const auto few = embedded_series(timeline, 4);
  EXPECT_EQ(few["series"].size(), 2u);
  EXPECT_EQ(few["left_out"]["stream"], 3);
}

TEST(ReportEvents, AreThoseForPeopleUpToABound) {
  std::istringstream lines(R"({"time_ns":0,"source":"a","event":"agent.ready"}
{"time_ns":1000000000,"source":"a","event":"migration.started","vm":"v"}
{"time_ns":1100000000,"source":"a","event":"migration.progress","vm":"v","round":0}
{"time_ns":1200000000,"source":"a","event":"migration.progress","vm":"v","round":1}
{"time_ns":1300000000,"source":"a","event":"migration.progress","vm":"v","round":1}
{"time_ns":1400000000,"source":"a","event":"migration.progress","vm":"v","round":2}
{"time_ns":1500000000,"source":"a","event":"migration.ended","vm":"v"}
{"time_ns":1600000000,"source":"a","event":"migration.started","vm":"v"}
{"time_ns":1700000000,"source":"a","event":"migration.progress","vm":"v","round":2}
{"time_ns":1800000000,"source":"w","event":"world.link_cut"}
{"time_ns":1900000000,"source":"w","event":"world.link_cut"}
)");
  const auto shown = embedded_events(lines, 7);
  std::vector<double> times;
  for (const auto& event : shown["events"]) times.push_back(event["t_s"]);
  EXPECT_THAT(times, ElementsAre(1, 1.2, 1.4, 1.5, 1.6, 1.7, 1.8));
  EXPECT_EQ(shown["left_out"], (ordered_json{{"world.link_cut", 1}}));
}

}  // namespace
}  // namespace dwcp::reports
