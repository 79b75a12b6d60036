// Against published values and values that SciPy 1.10 or an enumeration of all choices yields.
#include "reports/compare/rank_test.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "reports/compare/false_discovery.hpp"

namespace dwcp::reports {
namespace {

constexpr double tight = 1e-12;

// Hollander and Wolfe, "Nonparametric Statistical Methods", table 4.1: permeability of the human chorioamnion. The
// book's one-sided value is 0.1272.
const std::vector<double> at_term{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
const std::vector<double> preterm{1.15, 0.88, 0.90, 0.74, 1.21};

TEST(MannWhitney, GivesThePublishedValue) {
  const RankTest test = mann_whitney(at_term, preterm);
  EXPECT_TRUE(test.exact);
  EXPECT_NEAR(test.p, 0.2544122544122544, tight);
  EXPECT_NEAR(test.effect, 2 * 15.0 / 50 - 1, tight);  // 15 of 50 pairs have the preterm value above
}

TEST(MannWhitney, CountsTiesAsTheyAre) {
  const RankTest test = mann_whitney(std::vector<double>{1, 2, 2, 3, 5, 5, 8}, std::vector<double>{2, 4, 5, 6, 7, 9});
  EXPECT_TRUE(test.exact);
  EXPECT_NEAR(test.p, 0.229020979020979, tight);  // all 1716 divisions, counted
  EXPECT_NEAR(test.effect, 2 * 30.0 / 42 - 1, tight);
}

TEST(MannWhitney, IsNormalForManyWithTiesAndContinuity) {
  std::vector<double> a, b;
  for (int i = 0; i < 60; ++i) a.push_back(i * 37 % 101);
  for (int i = 0; i < 70; ++i) b.push_back(i * 53 % 97 + 9);
  const RankTest test = mann_whitney(a, b);
  EXPECT_FALSE(test.exact);
  EXPECT_NEAR(test.p, 0.26233281159888877, 1e-10);  // scipy.stats.mannwhitneyu(method="asymptotic")
  EXPECT_NEAR(test.effect, 0.11452380952380947, tight);
}

TEST(MannWhitney, ExactAndNormalAgreeWhereTheyMeet) {
  std::vector<double> a, b;
  for (int i = 0; i < 34; ++i) a.push_back(i * 29 % 83), b.push_back(i * 31 % 89 + 14.5);
  const RankTest exact = mann_whitney(a, b);
  for (const double middle : {20, 41, 60}) a.push_back(middle), b.push_back(middle + 0.25);
  const RankTest normal = mann_whitney(a, b);
  ASSERT_TRUE(exact.exact);
  ASSERT_FALSE(normal.exact);
  EXPECT_NEAR(exact.p, normal.p, 0.05);
}

TEST(MannWhitney, TellsTheLeastThatSoFewCanYield) {
  const auto least = [](std::size_t n, std::size_t m) {
    std::vector<double> a, b;
    for (std::size_t i = 0; i < n; ++i) a.push_back(static_cast<double>(i));
    for (std::size_t i = 0; i < m; ++i) b.push_back(static_cast<double>(100 + i));
    const RankTest test = mann_whitney(a, b);
    EXPECT_NEAR(test.p, test.p_least, tight);  // quite apart: the least there is
    EXPECT_EQ(test.effect, 1);
    return test.p_least;
  };
  EXPECT_NEAR(least(3, 3), 0.1, tight);  // never below 5 %: too few
  EXPECT_NEAR(least(4, 4), 0.02857142857142857, tight);
  EXPECT_NEAR(least(5, 5), 0.007936507936507936, tight);
  EXPECT_NEAR(least(2, 8), 0.044444444444444446, tight);
  EXPECT_NEAR(least(20, 20), 1.4508889103849688e-11, 1e-20);
}

TEST(MannWhitney, EqualValuesTellNothing) {
  const RankTest test = mann_whitney(std::vector<double>{3, 3, 3, 3}, std::vector<double>{3, 3, 3, 3, 3});
  EXPECT_EQ(test.p, 1);
  EXPECT_EQ(test.effect, 0);
  const std::vector<double> many(500, 3.0);
  EXPECT_EQ(mann_whitney(many, many).p, 1);
}

// Hollander and Wolfe, table 3.1: the Hamilton depression scale before and after. The book's one-sided value is 0.0195.
const std::vector<double> before{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
const std::vector<double> after{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};

TEST(SignedRank, GivesThePublishedValue) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < before.size(); ++i) differences.push_back(after[i] - before[i]);
  const RankTest test = signed_rank(differences);
  EXPECT_TRUE(test.exact);
  EXPECT_NEAR(test.p, 0.0390625, tight);
  EXPECT_NEAR(test.effect, (5.0 - 40.0) / 45, tight);
  EXPECT_NEAR(test.p_least, 2 / 512.0, tight);
}

TEST(SignedRank, RanksZerosAndLeavesThemOut) {
  const RankTest test = signed_rank(std::vector<double>{0, 0, 1, -2, 3, 3, 4, 5, -1, 6, 0, 7});
  EXPECT_TRUE(test.exact);
  EXPECT_NEAR(test.p, 0.04296875, tight);  // all 512 choices of signs, counted
  EXPECT_NEAR(test.p_least, 2 / 512.0, tight);
}

TEST(SignedRank, ManyZerosAreNoEffect) {
  std::vector<double> differences(20, 0.0);
  differences[7] = 0.1;
  const RankTest test = signed_rank(differences);
  EXPECT_EQ(test.p, 1);
  EXPECT_NEAR(test.effect, 20.0 / 210, tight);
}

TEST(SignedRank, IsNormalForMany) {
  std::vector<double> differences;
  for (int i = 0; i < 300; ++i) differences.push_back(i * 37 % 101 - 40);
  const RankTest test = signed_rank(differences);
  EXPECT_FALSE(test.exact);
  EXPECT_NEAR(test.p, 1.192456993927669e-07, 1e-13);  // scipy.stats.wilcoxon(zero_method="pratt", correction=True)
}

TEST(SignedRank, OnlyZerosTellNothing) {
  const RankTest test = signed_rank(std::vector<double>{0, 0, 0});
  EXPECT_EQ(test.p, 1);
  EXPECT_EQ(test.effect, 0);
}

// Benjamini and Hochberg 1995, 3.2: the fifteen p-values of a study of thrombolysis, of which four are discoveries at 5
// %.
TEST(FalseDiscovery, FindsWhatThePaperFinds) {
  const std::vector<double> p{0.0344, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0001,
                              0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000};
  const auto adjusted = adjusted_for_many(p);
  EXPECT_EQ(std::count_if(adjusted.begin(), adjusted.end(), [](double q) { return q <= 0.05; }), 4);
  EXPECT_NEAR(adjusted[7], 0.0015, tight);
  EXPECT_NEAR(adjusted[3], 0.035625, tight);
  EXPECT_NEAR(adjusted[6], 0.0298 * 15 / 7, tight);
  EXPECT_NEAR(adjusted[5], 0.0298 * 15 / 7, tight);  // never above that of a larger p
  EXPECT_EQ(adjusted[14], 1);
}

TEST(FalseDiscovery, OneTestStaysAsItIs) {
  EXPECT_EQ(adjusted_for_many(std::vector<double>{0.04}), std::vector<double>{0.04});
  EXPECT_TRUE(adjusted_for_many(std::vector<double>{}).empty());
}

}  // namespace
}  // namespace dwcp::reports
