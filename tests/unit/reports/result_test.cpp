#include "reports/result.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/unit/reports/sample.hpp"

namespace dwcp::reports {
namespace {

using testing::HasSubstr;

// The keys are the interface to notebooks and CI.
TEST(ResultJson, HasTheStableKeys) {
  const auto json = nlohmann::json::parse(to_json(sample_result()));
  for (const char* key :
       {"schema", "scenario", "file", "seed", "commit", "world", "scenario_hash", "verdict", "virtual_time_s",
        "wall_time_s", "events", "machine", "versions", "thresholds", "violations", "migrations", "metrics"})
    EXPECT_TRUE(json.contains(key)) << key;
  EXPECT_EQ(json["schema"], 1);
  EXPECT_EQ(json["thresholds"][1]["expr"], "migration.downtime_s < 80ms");
  EXPECT_EQ(json["thresholds"][1]["ok"], false);
  EXPECT_DOUBLE_EQ(json["thresholds"][1]["value"], 0.084);
  const auto& migration = json["migrations"][0];
  for (const char* key : {"vm", "from", "to", "outcome", "total_time_s", "downtime_s", "rounds", "bytes_guest",
                          "bytes_wire", "bytes_resent", "wrong_pages", "forecast"})
    EXPECT_TRUE(migration.contains(key)) << key;
  EXPECT_DOUBLE_EQ(migration["total_time_s"], 2.8);
  EXPECT_DOUBLE_EQ(json["metrics"]["round.time_s"]["p90"], 0.2);
}

TEST(ResultJson, ComesBackAsItWent) {
  Result r = sample_result();
  r.verdict = Verdict::aborted;
  r.reason = "the run was not over after 10 s";
  r.violations = {{"one_owner", std::chrono::seconds(3), "two hosts run 'web-1'"}};
  r.thresholds.push_back({"vms.lost == 0", std::nullopt, false});
  r.scenario_hash = "0123456789abcdef";
  r.overrides = {"engine.streams=2", "fidelity=flow"};
  const auto back = parse_result(to_json(r));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(to_json(*back), to_json(r));
}

TEST(ResultJson, OfAnotherSchemaOrDamagedIsAnError) {
  EXPECT_EQ(parse_result("{").error().code, make_error_code(Errc::bad_value));
  EXPECT_EQ(parse_result("{\"schema\": 1}").error().code, make_error_code(Errc::bad_value));
  EXPECT_EQ(parse_result("{\"schema\": 99}").error().code, make_error_code(Errc::version_mismatch));
}

TEST(Result, FindsMetricsAndFiguresOfDistributions) {
  const Result r = sample_result();
  EXPECT_EQ(r.metric("migration.downtime_s"), 0.084);
  EXPECT_EQ(r.metric("round.time_s.p99"), 0.3);
  EXPECT_EQ(r.metric("round.time_s"), std::nullopt);
  EXPECT_EQ(r.metric("nothing"), std::nullopt);
}

TEST(Distribution, TakesTheNearestRank) {
  std::vector<double> values;
  for (int i = 100; i >= 1; --i) values.push_back(i);
  const auto d = distribution_of(values);
  EXPECT_EQ(d.p50, 50);
  EXPECT_EQ(d.p90, 90);
  EXPECT_EQ(d.p99, 99);
  EXPECT_EQ(d.max, 100);
  EXPECT_EQ(distribution_of({3}).p50, 3);
}

TEST(JUnit, CountsAndEscapes) {
  Result r = sample_result();
  r.violations = {{"memory_equal", std::chrono::seconds(1), "page 3 & \"4\""}};
  const std::string xml = to_junit(r);
  EXPECT_THAT(xml, HasSubstr("tests=\"4\" failures=\"2\""));
  EXPECT_THAT(xml, HasSubstr("migration.downtime_s &lt; 80ms"));
  EXPECT_THAT(xml, HasSubstr("page 3 &amp; &quot;4&quot;"));
  EXPECT_THAT(xml, HasSubstr("reproduce: dwcp run"));
}

}  // namespace
}  // namespace dwcp::reports
