// Two tests that assume no distribution, exact where that is cheap.
#pragma once

#include <cstddef>
#include <span>

namespace dwcp::reports {

struct RankTest {
  double p = 1;        // two-sided: so far from the middle, or farther, if nothing but chance told the sides apart
  double p_least = 1;  // the least that so many values could have yielded; above the level asked for: too few
  double effect = 0;   // -1 (b lies below a) to 1 (b lies above a); 0: neither
  bool exact = true;   // else by the normal approximation
};

// Additions that the exact distribution may take (some 10 ms); beyond, the normal approximation is good.
constexpr std::size_t exact_additions_max = 10'000'000;

// Independent samples. Mann and Whitney, "On a test of whether one of two random variables is stochastically larger
// than the other", Ann. Math. Statist. 18 (1947). Exact: the distribution over all divisions of the pooled values, ties
// as they are (Streitberg and Röhmel's shift algorithm, "Exact distributions for permutation and rank tests",
// Statistical Software Newsletter 12 (1986)). Else normal, with the correction for ties and for continuity (Lehmann,
// "Nonparametrics", 1975, 1.4). Effect: Cliff's delta, P(b > a) - P(b < a) ("Dominance statistics", Psychol. Bull. 114
// (1993)). Precondition: neither side is empty, and every value is finite.
RankTest mann_whitney(std::span<const double> a, std::span<const double> b);

// Pairs, by their differences b - a. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1
// (1945), with differences of zero ranked and then left out (Pratt, "Remarks on zeros and ties in the Wilcoxon signed
// rank procedures", JASA 54 (1959)); exact over all signs, else normal with the same corrections. Effect: the
// matched-pairs rank-biserial correlation (Kerby, "The simple difference formula", Comprehensive Psychology 3 (2014)),
// here of all pairs: zeros count as neither. Precondition: not empty, every value finite.
RankTest signed_rank(std::span<const double> differences);

}  // namespace dwcp::reports
