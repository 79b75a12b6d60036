#include "reports/gate/tolerance.hpp"

#include <gtest/gtest.h>

namespace dwcp::reports {
namespace {

TEST(Tolerance, TheTableDecidesWhereNothingElseIsSaid) {
  const Limit limit = limit_of("migration.bytes_wire", 100e6, {}, {}, false);
  EXPECT_TRUE(limit.gated);
  EXPECT_FALSE(limit.both_ways);
  EXPECT_NEAR(limit.allowed, 2e6, 1);
  EXPECT_NEAR(limit.value, 102e6, 1);
  EXPECT_NEAR(limit_of("migration.bytes_wire", 1000, {}, {}, false).allowed, 65536, 1);  // the floor
}

TEST(Tolerance, WhereMoreIsGoodTheLimitLiesBelow) {
  EXPECT_NEAR(limit_of("amst.goodput_bps", 100e6, {}, {}, false).value, 97e6, 1);
}

TEST(Tolerance, CountsAreExact) {
  for (const char* metric : {"vms.lost", "migrations.completed", "memory.wrong_pages", "run.passed"}) {
    const Limit limit = limit_of(metric, 3, {}, {}, true);
    EXPECT_TRUE(limit.gated) << metric;
    EXPECT_EQ(limit.allowed, 0) << metric;
  }
}

TEST(Tolerance, WallClocksAndWhatHasNoGoodDirectionAreNotGated) {
  for (const char* metric : {"run.wall_time_s", "sim.events_per_second", "hde.class_bytes.raw", "a metric of tomorrow"})
    EXPECT_FALSE(limit_of(metric, 3, {}, {}, false).gated) << metric;
}

TEST(Tolerance, ABaselineMayGateThemBothWays) {
  const Limit limit = limit_of("hde.class_bytes.raw", 1000, {}, {{"hde.class_bytes.*", {0.1, 0}}}, false);
  EXPECT_TRUE(limit.gated);
  EXPECT_TRUE(limit.both_ways);
  EXPECT_NEAR(limit.allowed, 100, 1e-9);
}

TEST(Tolerance, TheNearestSetsIt) {
  const Tolerances of_baseline{{"migration.*", {0.5, 0}}, {"migration.bytes_wire", {0.3, 0}}};
  const Tolerances of_scenario{{"*", {0.7, 0}}};
  EXPECT_NEAR(limit_of("migration.bytes_wire", 100e6, {}, of_baseline, false).tolerance.share, 0.3, 1e-12);
  EXPECT_NEAR(limit_of("migration.rounds", 10, {}, of_baseline, false).tolerance.share, 0.5, 1e-12);
  EXPECT_NEAR(limit_of("migration.bytes_wire", 100e6, of_scenario, of_baseline, false).tolerance.share, 0.7, 1e-12);
}

TEST(Tolerance, OtherLibrariesWidenAndNeverNarrow) {
  EXPECT_NEAR(limit_of("migration.bytes_wire", 100e6, {}, {}, true).tolerance.share, 0.05, 1e-12);
  EXPECT_NEAR(limit_of("migration.bytes_wire", 100e6, {{"*", {0.4, 0}}}, {}, true).tolerance.share, 0.4, 1e-12);
  EXPECT_NEAR(limit_of("migration.bytes_wire", 100e6, {{"*", {0.0, 0}}}, {}, true).tolerance.share, 0.05, 1e-12);
}

}  // namespace
}  // namespace dwcp::reports
