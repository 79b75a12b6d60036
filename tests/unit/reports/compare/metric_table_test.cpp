#include "reports/compare/metric_table.hpp"

#include <gtest/gtest.h>

#include "reports/compare/runs.hpp"
#include "scenarios/format/metrics.hpp"

namespace dwcp::reports {
namespace {

TEST(MetricTable, HasEveryMetricThatARunYields) {
  for (const auto& metric : scenarios::all_metrics())
    EXPECT_NE(traits_of(metric.name).pattern, "*")
        << "'" << metric.name << "' has no line in reports/compare/metric_table.def: which way is good?";
}

TEST(MetricTable, FiguresOfADistributionAreTheMetrics) {
  EXPECT_EQ(traits_of("migration.downtime_s.p99").good, Good::lower);
  EXPECT_EQ(traits_of("hde.class_bytes.raw").good, Good::none);
}

TEST(MetricTable, WhatItDoesNotHaveIsLastAndHasNoGoodDirection) {
  const MetricTraits traits = traits_of("a metric of tomorrow");
  EXPECT_EQ(traits.good, Good::none);
  for (const MetricTraits& row : metric_table()) EXPECT_LT(row.importance, traits.importance);
}

TEST(MetricTable, OnlyFiguresOfVirtualTimeAreTolerated) {
  for (const MetricTraits& row : metric_table()) {
    EXPECT_GE(row.share_elsewhere, row.share) << row.pattern;
    EXPECT_LT(row.share_elsewhere, 1) << row.pattern;
    if (row.clock == MetricClock::wall || row.good == Good::none || row.good == Good::never) {
      EXPECT_EQ(row.share + row.floor + row.share_elsewhere, 0) << row.pattern;
    }
  }
}

Run bench_with(const std::string& unit) {
  Run run;
  run.bench = true;
  run.figures["case: metric"] = {1, unit};
  return run;
}

TEST(BenchRows, GoodIsWhatTheUnitSays) {
  for (const char* unit : {"bytes/s", "GB/s", "Mbit/s"})
    EXPECT_EQ(traits_of(bench_with(unit), "case: metric").good, Good::higher);
  for (const char* unit : {"s", "s/GB", "bytes"})
    EXPECT_EQ(traits_of(bench_with(unit), "case: metric").good, Good::lower);
  EXPECT_EQ(traits_of(bench_with("widgets"), "case: metric").good, Good::none);
  EXPECT_EQ(traits_of(bench_with("s"), "case: metric").clock, MetricClock::wall);
}

}  // namespace
}  // namespace dwcp::reports
