#include "reports/text.hpp"

#include <gtest/gtest.h>

namespace dwcp::reports {
namespace {

TEST(Text, CountsColumnsNotBytes) {
  EXPECT_EQ(columns("a → b"), 5u);
  EXPECT_EQ(columns("\x1b[32m✓\x1b[0m ok"), 4u);
  EXPECT_EQ(pad_left("→", 3), "  →");
  EXPECT_EQ(pad_right("→", 3), "→  ");
  EXPECT_EQ(cut("a → b", 4), "a →…");
  EXPECT_EQ(cut("abc", 3), "abc");
}

TEST(Text, BarsFillInEighths) {
  const Style plain;
  EXPECT_EQ(bar(plain, 0, 4), "····");
  EXPECT_EQ(bar(plain, 1, 4), "████");
  EXPECT_EQ(bar(plain, 0.5, 4), "██··");
  EXPECT_EQ(bar(plain, 0.3125, 4), "█▎··");
  EXPECT_EQ(bar(plain, 7, 2), "██");
  EXPECT_EQ(bar(plain, -1, 2), "··");
}

TEST(Text, ColoursOnlyWhenAsked) {
  EXPECT_EQ(paint(Style{}, Ink::good, "x"), "x");
  EXPECT_EQ(paint(Style{true, 80}, Ink::good, "x"), "\x1b[32mx\x1b[0m");
}

TEST(Text, FiguresGetTheUnitOfTheirName) {
  EXPECT_EQ(metric_text("migration.downtime_s", 0.084), "84 ms");
  EXPECT_EQ(metric_text("x_s.p90", 2), "2 s");
  EXPECT_EQ(metric_text("amst.goodput_bps", 931e6), "931 Mbit/s");
  EXPECT_EQ(metric_text("amst.link_utilisation", 0.941), "94.1 %");
  EXPECT_EQ(metric_text("amst.bytes_resent", 1048576), "1 MiB");
  EXPECT_EQ(metric_text("sim.events", 1234567), "1.23 M");
  EXPECT_EQ(metric_text("vms.lost", 0), "0");
}

}  // namespace
}  // namespace dwcp::reports
