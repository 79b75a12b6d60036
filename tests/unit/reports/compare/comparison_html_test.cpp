#include "reports/compare/comparison_html.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/reports/compare/runs_for_test.hpp"
#include "tests/unit/reports/embedded.hpp"
#include "tests/unit/reports/sample.hpp"

namespace dwcp::reports {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

json data_of(const NamedRuns& a, const NamedRuns& b) {
  return json::parse(embedded_data(comparison_report(compare(a, b, {}).value(), a, b)));
}

TEST(ComparisonHtml, IsTheJsonWithTheValuesOfWhatHasRepeats) {
  NamedRuns a{"before", {}}, b{"after", {}};
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const double x = 10 + static_cast<double>(seed);
    a.runs.push_back(run_with(seed, {{"migration.bytes_wire", x}, {"migration.rounds", 3}}));
    b.runs.push_back(run_with(seed, {{"migration.bytes_wire", 2 * x}, {"migration.rounds", 3}}));
  }
  json data = data_of(a, b);
  EXPECT_EQ(data["kind"], "comparison");
  EXPECT_EQ(data["counts"], json::parse(R"({"worse": 1, "better": 0, "changed": 0, "cannot tell": 0, "same": 1})"));
  EXPECT_EQ(data["values_left_out"], 0);
  EXPECT_EQ(data["metrics_left_out"], 0);
  EXPECT_FALSE(data.contains("runs"));
  json& bytes = data["groups"][0]["metrics"][0];
  EXPECT_EQ(bytes["values_a"], json::parse("[[1,11],[2,12],[3,13],[4,14],[5,15],[6,16],[7,17],[8,18]]"));
  EXPECT_EQ(bytes["values_b"][7], json::parse("[8,36]"));
  EXPECT_FALSE(data["groups"][0]["metrics"][1].contains("values_a"));  // nothing to draw: all are equal
  bytes.erase("values_a");
  bytes.erase("values_b");
  const json plain = json::parse(comparison_json(compare(a, b, {}).value()));
  for (const auto& [key, value] : plain.items()) EXPECT_EQ(data[key], value) << key;
}

TEST(ComparisonHtml, KeepsWhatMattersWhereThereIsTooMuch) {
  NamedRuns a{"before", {}}, b{"after", {}};
  constexpr std::size_t scenarios = comparison_metrics_max / 4;
  for (std::size_t scenario = 0; scenario < scenarios; ++scenario) {
    const std::string name = "s/" + std::to_string(scenario);
    std::map<std::string, double> figures{{"vms.lost", 0}, {"x.1", 1}, {"x.2", 1}, {"x.3", 1}, {"x.4", 1}};
    a.runs.push_back(run_with(1, figures, name));
    if (scenario == 77) figures["vms.lost"] = 1;
    b.runs.push_back(run_with(1, figures, name));
  }
  const json data = data_of(a, b);
  EXPECT_EQ(data["metrics_left_out"], scenarios);
  std::size_t metrics = 0, worse = 0;
  for (const json& group : data["groups"])
    for (const json& metric : group["metrics"]) {
      ++metrics;
      worse += metric["finding"] == "worse" ? 1 : 0;
    }
  EXPECT_EQ(metrics, comparison_metrics_max);
  EXPECT_EQ(worse, 1u);
  EXPECT_EQ(data["counts"]["same"], 5 * scenarios - 1);
}

TEST(ComparisonHtml, ValuesBeyondTheBoundAreCounted) {
  NamedRuns a{"before", {}}, b{"after", {}};
  for (std::uint64_t seed = 1; seed <= comparison_values_max / 4 + 1; ++seed) {
    const double x = static_cast<double>(seed);
    a.runs.push_back(run_with(seed, {{"migration.bytes_wire", x}, {"migration.total_time_s", x}}));
    b.runs.push_back(run_with(seed, {{"migration.bytes_wire", 2 * x}, {"migration.total_time_s", 2 * x}}));
  }
  const json data = data_of(a, b);
  EXPECT_EQ(data["values_left_out"], 1);
  const json& metrics = data["groups"][0]["metrics"];
  EXPECT_TRUE(metrics[0].contains("values_a"));
  EXPECT_FALSE(metrics[1].contains("values_a"));
}

TEST(ComparisonHtml, ForeignTextIsNoHtml) {
  const NamedRuns a = runs_of("</script><img src=x>", "m", {1}), b = runs_of("b", "m", {2});
  const std::string page = comparison_report(compare(a, b, {}).value(), a, b);
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_EQ(json::parse(embedded_data(page))["a"]["path"], a.path);
}

class ComparisonOfTwoRuns : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  NamedRuns put(const std::string& name, const std::string& timeline) const {
    const auto path = folder_ / name;
    std::filesystem::create_directories(path);
    std::ofstream(path / "result.json") << to_json(sample_result());
    if (!timeline.empty()) std::ofstream(path / "timeline.json") << timeline;
    return {path.string(), read_runs(path).value()};
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("dwcp-comparison-" + std::to_string(getpid()));
  const std::string timeline_ = R"({"interval_s":0.01,"left_out":{},"series":[
    {"metric":"link.rate_bps","unit":"bit/s","labels":{"link":"l"},"t_s":[0.02],"v":[5]}]})";
};

TEST_F(ComparisonOfTwoRuns, HasTheFilesOverTimeOfBoth) {
  const json data = data_of(put("a", timeline_), put("b", timeline_));
  for (const char* side : {"a", "b"}) {
    EXPECT_EQ(data["runs"][side]["timeline"]["series"][0]["parts"], json::parse("[[2,[5]]]")) << side;
    EXPECT_EQ(data["runs"][side]["result"]["scenario"], sample_result().scenario) << side;
  }
}

TEST_F(ComparisonOfTwoRuns, NeedsThemOnBothSides) {
  EXPECT_FALSE(data_of(put("a", timeline_), put("b", "")).contains("runs"));
}

TEST_F(ComparisonOfTwoRuns, NamesTheFileThatCannotBeRead) {
  const NamedRuns a = put("a", timeline_), b = put("b", "{}");
  EXPECT_THAT([&] { data_of(a, b); }, ThrowsMessage<Error>(HasSubstr("b/timeline.json")));
}

}  // namespace
}  // namespace dwcp::reports
