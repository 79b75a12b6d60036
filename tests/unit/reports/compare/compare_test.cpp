#include "reports/compare/compare.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "tests/unit/reports/compare/runs_for_test.hpp"

namespace dwcp::reports {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<double> base{10.0, 10.4, 9.8, 10.1, 10.3, 9.9, 10.2, 10.0};

std::vector<double> times(std::vector<double> values, double factor) {
  for (double& value : values) value *= factor;
  return values;
}

// Of other seeds than runs_of() takes, so that nothing is paired.
NamedRuns of_other_seeds(NamedRuns named) {
  for (Run& run : named.runs) run.seed += 1000;
  return named;
}

Finding finding_of(const std::string& metric, const std::vector<double>& a, const std::vector<double>& b) {
  const auto comparison = compare(runs_of("a", metric, a), of_other_seeds(runs_of("b", metric, b)), {}).value();
  return metric_in(comparison, metric).finding;
}

TEST(Compare, KnowsWhichWayIsGood) {
  EXPECT_EQ(finding_of("migration.total_time_s", base, times(base, 1.2)), Finding::worse);
  EXPECT_EQ(finding_of("migration.total_time_s", base, times(base, 0.8)), Finding::better);
  EXPECT_EQ(finding_of("amst.goodput_bps", base, times(base, 1.2)), Finding::better);
  EXPECT_EQ(finding_of("amst.goodput_bps", base, times(base, 0.8)), Finding::worse);
  EXPECT_EQ(finding_of("hde.class_bytes.raw", base, times(base, 1.2)), Finding::changed);
  EXPECT_EQ(finding_of("a metric of tomorrow", base, times(base, 1.2)), Finding::changed);
}

TEST(Compare, EqualIsTheSameHoweverFew) {
  EXPECT_EQ(finding_of("migration.total_time_s", {3}, {3}), Finding::same);
  EXPECT_EQ(finding_of("migration.total_time_s", {3, 3, 3}, {3, 3}), Finding::same);
}

TEST(Compare, TooFewCannotTell) {
  for (const std::size_t n : {1, 2, 3}) {
    const std::vector<double> few(base.begin(), base.begin() + static_cast<std::ptrdiff_t>(n));
    const auto comparison = compare(runs_of("a", "migration.total_time_s", few),
                                    of_other_seeds(runs_of("b", "migration.total_time_s", times(few, 2))), {})
                                .value();
    const MetricComparison& metric = metric_in(comparison, "migration.total_time_s");
    EXPECT_EQ(metric.finding, Finding::cannot_tell) << n;
    EXPECT_EQ(metric.why, "too few") << n;
    EXPECT_EQ(comparison.tests, 0u) << n;
    EXPECT_NEAR(metric.relative.value(), 1.0, 1e-9) << n;  // the fact is told all the same
  }
}

TEST(Compare, NoiseCannotTellAndASmallChangeIsTheSame) {
  EXPECT_EQ(finding_of("migration.total_time_s", {10, 14, 8, 12, 9, 13}, {11, 13, 9, 12, 14, 8}), Finding::cannot_tell);
  EXPECT_EQ(finding_of("migration.total_time_s", base, times(base, 1.004)), Finding::cannot_tell);
  std::vector<double> a, b;
  for (int i = 0; i < 40; ++i) a.push_back(10 + 0.001 * i), b.push_back(10.05 + 0.001 * i);
  EXPECT_EQ(finding_of("migration.total_time_s", a, b), Finding::same);  // half a percent, whatever the test says
}

TEST(Compare, MatchingSeedsArePaired) {
  // Seeds differ by far more than the change: only pairs can see it.
  const std::vector<double> a{10, 20, 30, 40, 50, 60, 70, 80};
  const auto paired =
      compare(runs_of("a", "migration.total_time_s", a), runs_of("b", "migration.total_time_s", times(a, 1.05)), {})
          .value();
  EXPECT_TRUE(paired.groups.front().paired);
  EXPECT_EQ(metric_in(paired, "migration.total_time_s").method, Method::signed_rank);
  EXPECT_EQ(metric_in(paired, "migration.total_time_s").finding, Finding::worse);
  EXPECT_EQ(finding_of("migration.total_time_s", a, times(a, 1.05)), Finding::cannot_tell);
}

TEST(Compare, WallClocksAreNeverPaired) {
  const auto comparison =
      compare(runs_of("a", "run.wall_time_s", base), runs_of("b", "run.wall_time_s", times(base, 2)), {}).value();
  EXPECT_EQ(metric_in(comparison, "run.wall_time_s").method, Method::mann_whitney);
  EXPECT_EQ(metric_in(comparison, "run.wall_time_s").finding, Finding::worse);
}

// Twenty runs of one seed are one value of what the seed decides, and twenty of a clock.
TEST(Compare, CopiesAreNoEvidence) {
  NamedRuns a{"a", {}}, b{"b", {}};
  for (int i = 0; i < 20; ++i) {
    a.runs.push_back(run_with(1, {{"migration.total_time_s", 1.0}, {"run.wall_time_s", 5 + 0.01 * i}}));
    b.runs.push_back(run_with(1, {{"migration.total_time_s", 2.0}, {"run.wall_time_s", 9 + 0.01 * i}}));
  }
  const auto comparison = compare(a, b, {}).value();
  EXPECT_EQ(metric_in(comparison, "migration.total_time_s").count_a, 1u);
  EXPECT_EQ(metric_in(comparison, "migration.total_time_s").finding, Finding::cannot_tell);
  EXPECT_EQ(metric_in(comparison, "run.wall_time_s").count_a, 20u);
  EXPECT_EQ(metric_in(comparison, "run.wall_time_s").finding, Finding::worse);
}

TEST(Compare, WhatMustNotHappenNeedsNoTest) {
  EXPECT_EQ(finding_of("vms.lost", {0}, {1}), Finding::worse);
  EXPECT_EQ(finding_of("vms.lost", {1}, {0}), Finding::better);
  std::vector<double> none(50, 0.0), one = none;
  one[17] = 1;
  EXPECT_EQ(finding_of("vms.lost", none, one), Finding::worse);
  EXPECT_EQ(finding_of("migrations.rolled_back", none, one), Finding::cannot_tell);  // once in fifty may be chance
}

// A rare event moves no median.
TEST(Compare, SeesWhatTheMedianDoesNot) {
  std::vector<double> a(100, 3.0), b(100, 3.0);
  for (std::size_t i = 0; i < 20; ++i) b[i * 5] = 5;
  const auto comparison =
      compare(runs_of("a", "migration.rounds", a), of_other_seeds(runs_of("b", "migration.rounds", b)), {}).value();
  const MetricComparison& metric = metric_in(comparison, "migration.rounds");
  EXPECT_EQ(metric.median_a, metric.median_b);
  EXPECT_TRUE(metric.by_means());
  EXPECT_EQ(metric.finding, Finding::worse);
}

// 400 metrics of pure noise, forty values each: single tests at 5 % would call some twenty of them news.
TEST(Compare, ManyMetricsDoNotMakeNoiseNews) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> noise(100, 10);
  NamedRuns a{"a", {}}, b{"b", {}};
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::map<std::string, double> of_a, of_b;
    for (int m = 0; m < 400; ++m) {
      of_a["noise." + std::to_string(m)] = noise(random);
      of_b["noise." + std::to_string(m)] = noise(random);
    }
    a.runs.push_back(run_with(seed, of_a));
    b.runs.push_back(run_with(seed, of_b));
  }
  const auto comparison = compare(a, b, {}).value();
  EXPECT_EQ(comparison.tests, 400u);
  int below = 0;
  for (const MetricComparison& m : comparison.groups.front().metrics) below += m.test.p < 0.05;
  EXPECT_GT(below, 5);
  EXPECT_EQ(comparison.count(Finding::changed), 0u);
}

// Six pairs are enough for one metric, and not for one among many that are noise.
TEST(Compare, AmongManyMetricsItTakesMoreValues) {
  std::mt19937_64 random(9);
  std::normal_distribution<double> noise(100, 10);
  NamedRuns a{"a", {}}, b{"b", {}};
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    std::map<std::string, double> of_a{{"hde.ratio", 2.0 + 0.1 * static_cast<double>(seed)}}, of_b{{"hde.ratio", 4.0}};
    for (int m = 0; m < 40; ++m)
      of_a["noise." + std::to_string(m)] = noise(random), of_b["noise." + std::to_string(m)] = noise(random);
    a.runs.push_back(run_with(seed, of_a));
    b.runs.push_back(run_with(seed, of_b));
  }
  const auto among_many = compare(a, b, {}).value(), alone = compare(a, b, {.metrics = {"hde.ratio"}}).value();
  EXPECT_EQ(metric_in(alone, "hde.ratio").finding, Finding::better);
  EXPECT_EQ(metric_in(among_many, "hde.ratio").finding, Finding::cannot_tell);
  EXPECT_EQ(metric_in(among_many, "hde.ratio").why, "too few");
}

TEST(Compare, WhatMattersComesFirst) {
  NamedRuns a{"a", {}}, b{"b", {}};
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const double x = static_cast<double>(seed);
    for (const char* scenario : {"s/calm", "s/changed", "s/worse"}) {
      const bool worse = scenario == std::string("s/worse"), changed = std::string(scenario) == "s/changed";
      a.runs.push_back(run_with(
          seed, {{"migration.total_time_s", 10 + x}, {"hde.ratio", 2 + x}, {"hde.class_bytes.raw", x}}, scenario));
      b.runs.push_back(run_with(seed,
                                {{"migration.total_time_s", (10 + x) * (worse ? 1.3 : 1)},
                                 {"hde.ratio", (2 + x) * (worse ? 1.3 : 1)},
                                 {"hde.class_bytes.raw", x * (changed ? 2 : 1)}},
                                scenario));
    }
  }
  const auto order = [](const auto& x, const auto& y) {
    return std::tie(x.subject, x.seed) < std::tie(y.subject, y.seed);
  };
  std::sort(a.runs.begin(), a.runs.end(), order);
  std::sort(b.runs.begin(), b.runs.end(), order);
  const auto comparison = compare(a, b, {}).value();
  std::vector<std::string> scenarios, metrics;
  for (const GroupComparison& group : comparison.groups) scenarios.push_back(group.subject.name);
  for (const MetricComparison& metric : comparison.groups.front().metrics) metrics.push_back(metric.metric);
  EXPECT_THAT(scenarios, ElementsAre("s/worse", "s/changed", "s/calm"));
  EXPECT_THAT(metrics, ElementsAre("migration.total_time_s", "hde.ratio", "hde.class_bytes.raw"));
}

TEST(Compare, OverAllScenariosEachCountsOnce) {
  NamedRuns a{"a", {}}, b{"b", {}};
  for (int i = 0; i < 10; ++i) {
    const std::string scenario = "s/" + std::to_string(i);
    a.runs.push_back(run_with(1, {{"migration.bytes_wire", 100.0 + i}}, scenario));
    b.runs.push_back(run_with(1, {{"migration.bytes_wire", (100.0 + i) * 1.06}}, scenario));
  }
  const auto comparison = compare(a, b, {}).value();
  ASSERT_EQ(comparison.overall.size(), 1u);
  EXPECT_NEAR(comparison.overall.front().ratio, 1.06, 1e-9);
  EXPECT_EQ(comparison.overall.front().finding, Finding::worse);
  EXPECT_EQ(metric_in(comparison, "migration.bytes_wire").finding, Finding::cannot_tell);  // one seed each
}

TEST(Compare, PatternsChooseMetrics) {
  const NamedRuns a{"a", {run_with(1, {{"hde.ratio", 1}, {"hde.bytes_in", 2}, {"migration.rounds", 3}})}};
  const auto comparison = compare(a, a, {.metrics = {"hde.*"}}).value();
  EXPECT_EQ(comparison.groups.front().metrics.size(), 2u);
  const auto none = compare(a, a, {.metrics = {"amst.*"}});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().detail, HasSubstr("amst.*"));
}

TEST(Compare, TwoSingleScenariosAreComparedWithAWarning) {
  const auto comparison =
      compare(runs_of("a", "hde.ratio", {2}, "s/one"), runs_of("b", "hde.ratio", {2}, "s/other"), {}).value();
  EXPECT_EQ(comparison.groups.size(), 1u);
  EXPECT_THAT(comparison.warnings, testing::Contains(HasSubstr("different scenarios")));
}

TEST(Compare, NothingInCommonIsAnErrorThatNamesBoth) {
  NamedRuns a = runs_of("a", "hde.ratio", {2}, "s/one"), b = runs_of("b", "hde.ratio", {2}, "s/three");
  a.runs.push_back(run_with(1, {{"hde.ratio", 2}}, "s/two"));
  const auto comparison = compare(a, b, {});
  ASSERT_FALSE(comparison);
  EXPECT_THAT(comparison.error().detail, testing::AllOf(HasSubstr("s/one"), HasSubstr("s/two"), HasSubstr("s/three")));
}

TEST(Compare, WhatIsOnOneSideOnlyIsNamed) {
  NamedRuns a = runs_of("a", "hde.ratio", {2}, "s/both"), b = a;
  a.runs.push_back(run_with(1, {{"hde.ratio", 2}}, "s/gone"));
  b.runs.push_back(run_with(1, {{"hde.ratio", 2}}, "s/new"));
  b.runs.front().figures["migration.rounds"] = {3, {}};
  const auto comparison = compare(a, b, {}).value();
  EXPECT_THAT(comparison.only_a, ElementsAre("s/gone"));
  EXPECT_THAT(comparison.only_b, ElementsAre("s/new"));
  EXPECT_THAT(comparison.groups.front().only_b, ElementsAre("migration.rounds"));
  EXPECT_THAT(comparison.groups.front().only_a, IsEmpty());
}

TEST(Compare, JsonHoldsEveryMetric) {
  const auto comparison =
      compare(runs_of("a", "hde.ratio", base), runs_of("b", "hde.ratio", times(base, 1.5)), {}).value();
  const auto json = nlohmann::json::parse(comparison_json(comparison));
  EXPECT_EQ(json.at("schema"), 1);
  const auto& metric = json.at("groups").at(0).at("metrics").at(0);
  EXPECT_EQ(metric.at("metric"), "hde.ratio");
  EXPECT_EQ(metric.at("finding"), "better");
  EXPECT_EQ(metric.at("method"), "signed_rank");
  EXPECT_EQ(metric.at("effect"), 1);
  EXPECT_NEAR(metric.at("p").get<double>(), 2 / 256.0, 1e-12);
  const auto few = nlohmann::json::parse(
      comparison_json(compare(runs_of("a", "hde.ratio", {1, 2}), runs_of("b", "hde.ratio", {2, 3}), {}).value()));
  EXPECT_TRUE(few.at("groups").at(0).at("metrics").at(0).at("shift_low").is_null());
}

}  // namespace
}  // namespace dwcp::reports
