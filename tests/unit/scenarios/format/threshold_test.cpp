#include "scenarios/format/threshold.hpp"

#include <gmock/gmock.h>

namespace dwcp::scenarios {
namespace {

using testing::HasSubstr;

TEST(Threshold, ReadsNumbersAndUnits) {
  const auto t = parse_threshold("amst.link_utilisation >= 0.85").value();
  EXPECT_EQ(t.metric, "amst.link_utilisation");
  EXPECT_EQ(t.comparison, Comparison::greater_or_equal);
  EXPECT_DOUBLE_EQ(t.bound, 0.85);
  EXPECT_DOUBLE_EQ(parse_threshold("migration.downtime_s<300ms").value().bound, 0.3);
  EXPECT_DOUBLE_EQ(parse_threshold("migration.downtime_s.p99 < 1s").value().bound, 1);
  EXPECT_DOUBLE_EQ(parse_threshold("amst.bytes_resent <= 1MiB").value().bound, 1048576);
  EXPECT_DOUBLE_EQ(parse_threshold("amst.goodput_bps > 1Gbit/s").value().bound, 1e9);
  EXPECT_DOUBLE_EQ(parse_threshold("amst.resent_ratio < 1%").value().bound, 0.01);
}

TEST(Threshold, RefusesWhatCompilesToNothing) {
  EXPECT_THAT(parse_threshold("a").error().message(), HasSubstr("compares nothing"));
  EXPECT_THAT(parse_threshold("a = 3").error().message(), HasSubstr("compares nothing"));
  EXPECT_THAT(parse_threshold("<= 3").error().message(), HasSubstr("lacks a metric"));
  EXPECT_THAT(parse_threshold("a <=").error().message(), HasSubstr("lacks a metric or a number"));
  EXPECT_THAT(parse_threshold("vms.lost < 3s").error().message(), HasSubstr("has no unit"));
  EXPECT_THAT(parse_threshold("migration.downtime_s < 3MiB").error().message(), HasSubstr("unknown unit"));
}

TEST(Threshold, Holds) {
  EXPECT_TRUE(parse_threshold("x < 1").value().holds(0.5));
  EXPECT_FALSE(parse_threshold("x < 1").value().holds(1));
  EXPECT_TRUE(parse_threshold("x <= 1").value().holds(1));
  EXPECT_TRUE(parse_threshold("x > 1").value().holds(1.5));
  EXPECT_FALSE(parse_threshold("x > 1").value().holds(1));
  EXPECT_TRUE(parse_threshold("x >= 1").value().holds(1));
  EXPECT_TRUE(parse_threshold("x == 1").value().holds(1));
  EXPECT_TRUE(parse_threshold("x != 1").value().holds(2));
}

}  // namespace
}  // namespace dwcp::scenarios
