// Against Hollander and Wolfe's examples (see rank_test_test.cpp).
#include "reports/compare/shift.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace dwcp::reports {
namespace {

TEST(Shift, BetweenSamplesIsThePublishedOne) {
  const std::vector<double> first_sample{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
  const std::vector<double> second_sample{1.15, 0.88, 0.90, 0.74, 1.21};
  const Shift shift = shift_between(first_sample, second_sample, 0.95);
  EXPECT_NEAR(shift.estimate, -0.305, 1e-12);
  EXPECT_NEAR(shift.low, -0.76, 1e-12);
  EXPECT_NEAR(shift.high, 0.15, 1e-12);
}

TEST(Shift, OfPairsIsThePublishedOne) {
  const std::vector<double> differences{-0.952, 0.147, -1.022, -0.430, -0.620, -0.590, -0.490, 0.080, -0.010};
  const Shift shift = shift_of_pairs(differences, 0.95);
  EXPECT_NEAR(shift.estimate, -0.460, 1e-12);
  EXPECT_NEAR(shift.low, -0.786, 1e-12);
  EXPECT_NEAR(shift.high, -0.010, 1e-12);
}

TEST(Shift, TooFewHaveNoInterval) {
  const Shift between = shift_between(std::vector<double>{1, 2, 3}, std::vector<double>{4, 5, 6}, 0.95);
  EXPECT_EQ(between.estimate, 3);
  EXPECT_TRUE(std::isinf(between.low) && std::isinf(between.high));
  const Shift pairs = shift_of_pairs(std::vector<double>{1, 2, 3, 4, 5}, 0.95);
  EXPECT_TRUE(std::isinf(pairs.low) && std::isinf(pairs.high));
  const Shift enough = shift_of_pairs(std::vector<double>{1, 2, 3, 4, 5, 6}, 0.95);
  EXPECT_EQ(enough.low, 1);
  EXPECT_EQ(enough.high, 6);
}

TEST(Shift, ManyAreThinnedWithoutMovingTheMiddle) {
  std::vector<double> a, b;
  for (int i = 0; i < 5000; ++i) a.push_back(i), b.push_back(i + 250);
  const Shift shift = shift_between(a, b, 0.95);
  EXPECT_NEAR(shift.estimate, 250, 3);
  EXPECT_LT(shift.low, 250);
  EXPECT_GT(shift.high, 250);
  EXPECT_LT(shift.high - shift.low, 500);
}

}  // namespace
}  // namespace dwcp::reports
