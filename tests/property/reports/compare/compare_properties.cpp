// What holds of the tests whatever the values are.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/base/wildcard.hpp"
#include "reports/compare/false_discovery.hpp"
#include "reports/compare/metric_table.hpp"
#include "reports/compare/rank_test.hpp"
#include "reports/compare/shift.hpp"

namespace dwcp::reports {
namespace {

constexpr double near = 1e-9;

// Small whole numbers, so that there are ties, and enough of them for both ways of computing.
std::vector<double> sample(std::size_t most = 120) {
  const auto size = *rc::gen::inRange<std::size_t>(1, most);
  const auto whole = *rc::gen::container<std::vector<int>>(size, rc::gen::inRange(-50, 50));
  return {whole.begin(), whole.end()};
}

std::vector<double> each(std::vector<double> values, double (*change)(double)) {
  std::ranges::transform(values, values.begin(), change);
  return values;
}
double growing(double x) { return std::exp(x / 10) + 3; }
double negated(double x) { return -x; }

RC_GTEST_PROP(MannWhitneyProperty, SidesChangedOverChangeTheSignOnly, ()) {
  const auto a = sample(), b = sample();
  const RankTest there = mann_whitney(a, b), back = mann_whitney(b, a);
  RC_ASSERT(std::abs(there.p - back.p) < near);
  RC_ASSERT(std::abs(there.p_least - back.p_least) < near);
  RC_ASSERT(std::abs(there.effect + back.effect) < near);
}

RC_GTEST_PROP(MannWhitneyProperty, OnlyTheOrderCounts, ()) {
  const auto a = sample(), b = sample();
  const RankTest plain = mann_whitney(a, b), grown = mann_whitney(each(a, growing), each(b, growing));
  RC_ASSERT(std::abs(plain.p - grown.p) < near);
  RC_ASSERT(std::abs(plain.effect - grown.effect) < near);
  const RankTest turned = mann_whitney(each(a, negated), each(b, negated));
  RC_ASSERT(std::abs(plain.p - turned.p) < near);
  RC_ASSERT(std::abs(plain.effect + turned.effect) < near);
}

RC_GTEST_PROP(MannWhitneyProperty, StaysWithinItsRange, ()) {
  const auto a = sample(), b = sample();
  const RankTest test = mann_whitney(a, b);
  RC_ASSERT(test.p > 0 && test.p <= 1);
  RC_ASSERT(test.p >= test.p_least - near);
  RC_ASSERT(test.effect >= -1 && test.effect <= 1);
}

RC_GTEST_PROP(MannWhitneyProperty, ASampleBesideItselfIsTheSame, ()) {
  const auto a = sample();
  const RankTest test = mann_whitney(a, a);
  RC_ASSERT(test.p > 1 - near);
  RC_ASSERT(std::abs(test.effect) < near);
}

RC_GTEST_PROP(SignedRankProperty, TurnedDifferencesChangeTheSignOnly, ()) {
  const auto d = sample(300);
  const RankTest there = signed_rank(d), back = signed_rank(each(d, negated));
  RC_ASSERT(std::abs(there.p - back.p) < near);
  RC_ASSERT(std::abs(there.effect + back.effect) < near);
  RC_ASSERT(there.p > 0 && there.p <= 1 && std::abs(there.effect) <= 1);
}

RC_GTEST_PROP(SignedRankProperty, OnlyTheOrderOfSizesCounts, ()) {
  const auto d = sample(300);
  const auto stretched = each(d, [](double x) { return std::copysign(x * x * 7, x); });
  RC_ASSERT(std::abs(signed_rank(d).p - signed_rank(stretched).p) < near);
}

RC_GTEST_PROP(ShiftProperty, MovesWithTheSample, ()) {
  const auto a = sample(60), b = sample(60);
  const double by = *rc::gen::inRange(-100, 100);
  std::vector<double> moved = b;
  for (double& x : moved) x += by;
  const Shift before = shift_between(a, b, 0.95), after = shift_between(a, moved, 0.95);
  RC_ASSERT(std::abs(before.estimate + by - after.estimate) < near);
  RC_ASSERT(after.low <= after.estimate && after.estimate <= after.high);
}

RC_GTEST_PROP(ShiftProperty, SidesChangedOverChangeTheSignOnly, ()) {
  const auto a = sample(60), b = sample(60);
  const Shift there = shift_between(a, b, 0.95), back = shift_between(b, a, 0.95);
  RC_ASSERT(std::abs(there.estimate + back.estimate) < near);
  RC_ASSERT(there.low == -back.high || std::abs(there.low + back.high) < near);
}

// The interval and the test are one thing said twice: zero is outside where the test finds a difference.
RC_GTEST_PROP(ShiftProperty, TheIntervalAgreesWithTheTest, ()) {
  std::vector<double> d = sample(40);
  for (std::size_t i = 0; i < d.size(); ++i) d[i] += 0.001 * static_cast<double>(i + 1);  // neither ties nor zeros
  const Shift shift = shift_of_pairs(d, 0.95);
  const bool outside = shift.low > 0 || shift.high < 0;
  RC_ASSERT(outside == (signed_rank(d).p <= 0.05));
}

RC_GTEST_PROP(FalseDiscoveryProperty, KeepsTheOrderAndNeverMakesLess, ()) {
  const auto parts = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1001)));
  std::vector<double> p;
  for (const int part : parts) p.push_back(part / 1000.0);
  const auto adjusted = adjusted_for_many(p);
  for (std::size_t i = 0; i < p.size(); ++i) {
    RC_ASSERT(adjusted[i] >= p[i] - near && adjusted[i] <= 1);
    for (std::size_t j = 0; j < p.size(); ++j) RC_ASSERT(p[i] >= p[j] || adjusted[i] <= adjusted[j]);
  }
}

RC_GTEST_PROP(PatternProperty, ATextFitsItselfWithAnyPartLeftOpen, (const std::string& text)) {
  const auto from = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
  const auto to = *rc::gen::inRange<std::size_t>(from, text.size() + 1);
  RC_ASSERT(fits_pattern(text.substr(0, from) + "*" + text.substr(to), text));
}

}  // namespace
}  // namespace dwcp::reports
