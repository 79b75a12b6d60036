#include "engine/base/wildcard.hpp"

#include <gtest/gtest.h>

namespace dwcp {
namespace {

TEST(Wildcard, StarsStandForAnything) {
  EXPECT_TRUE(fits_pattern("*", ""));
  EXPECT_TRUE(fits_pattern("a", "a"));
  EXPECT_FALSE(fits_pattern("a", "ab"));
  EXPECT_TRUE(fits_pattern("host-0*-12", "host-07-12"));
  EXPECT_FALSE(fits_pattern("host-0*-12", "host-17-12"));
  EXPECT_TRUE(fits_pattern("*b*b", "abbab"));
  EXPECT_FALSE(fits_pattern("*b*b", "abba"));
  EXPECT_TRUE(fits_pattern("a**c", "abc"));
  EXPECT_FALSE(fits_pattern("", "a"));
}

TEST(Wildcard, OfMetrics) {
  EXPECT_TRUE(fits_pattern("hde.*", "hde.ratio"));
  EXPECT_TRUE(fits_pattern("*", ""));
  EXPECT_TRUE(fits_pattern("*.p*", "round.time_s.p99"));
  EXPECT_TRUE(fits_pattern("a*b*c", "a-b-b-c"));
  EXPECT_TRUE(fits_pattern("hde.ratio", "hde.ratio"));
  EXPECT_FALSE(fits_pattern("hde.ratio", "hde.ratios"));
  EXPECT_FALSE(fits_pattern("hde.", "hde.ratio"));
  EXPECT_FALSE(fits_pattern("*x", "hde.ratio"));
}

TEST(Wildcard, IsAStar) {
  EXPECT_TRUE(is_pattern("host-*"));
  EXPECT_FALSE(is_pattern("host-1"));
}

}  // namespace
}  // namespace dwcp
