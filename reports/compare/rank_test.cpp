#include "reports/compare/rank_test.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <vector>

#include "reports/compare/ranks.hpp"

namespace dwcp::reports {
namespace {

double two_sided_normal(double distance, double deviation) {
  if (deviation <= 0) return 1;
  return std::min(1.0, std::erfc(distance / deviation / std::sqrt(2.0)));
}

// What is at least so far from the middle of a distribution over whole numbers, whose mean is middle / 2.
struct Tails {
  double so_far = 0, farthest = 0;
};
Tails tails_of(const std::vector<double>& probability, std::uint64_t middle, std::uint64_t observed) {
  const auto distance = [&](std::uint64_t sum) { return 2 * sum > middle ? 2 * sum - middle : middle - 2 * sum; };
  Tails tails;
  std::uint64_t most = 0;
  for (std::uint64_t sum = 0; sum < probability.size(); ++sum) {
    if (probability[sum] <= 0) continue;
    if (distance(sum) >= distance(observed)) tails.so_far += probability[sum];
    if (distance(sum) > most) tails.farthest = 0, most = distance(sum);
    if (distance(sum) == most) tails.farthest += probability[sum];
  }
  return tails;
}

// Probability of each sum of `count` of the scores, all choices equally likely: item by item, the sums of j of the
// items so far. Kept as shares of the choices, since their number has too many digits.
std::vector<double> distribution_of_sums(const std::vector<std::uint64_t>& scores, std::size_t count,
                                         std::size_t most) {
  std::vector<std::vector<double>> ways(count + 1, std::vector<double>(most + 1, 0.0));
  ways[0][0] = 1;
  for (std::size_t item = 0; item < scores.size(); ++item) {
    const std::size_t score = scores[item];
    // Of the choices of j of item + 1 items, the share (j / (item + 1)) has this item.
    for (std::size_t j = std::min(item + 1, count); j > 0; --j) {
      const double with = static_cast<double>(j) / static_cast<double>(item + 1);
      for (std::size_t sum = most + 1; sum-- > 0;)
        ways[j][sum] = (1 - with) * ways[j][sum] + (sum >= score ? with * ways[j - 1][sum - score] : 0.0);
    }
  }
  return std::move(ways[count]);
}

// 2 / (n choose k), 0 where that is too small to tell.
double least_of_choices(std::size_t n, std::size_t k) {
  double choices = 1;
  for (std::size_t i = 1; i <= std::min(k, n - k) && std::isfinite(choices); ++i)
    choices *= static_cast<double>(n - i + 1) / static_cast<double>(i);
  return std::min(1.0, 2 / choices);
}

// The most that a sum of `count` scores can be.
std::uint64_t largest_sum(std::vector<std::uint64_t> scores, std::size_t count) {
  std::ranges::sort(scores, std::greater());
  return std::accumulate(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(count), std::uint64_t{0});
}

}  // namespace

RankTest mann_whitney(std::span<const double> a, std::span<const double> b) {
  assert(!a.empty() && !b.empty());
  std::vector<double> pooled(a.begin(), a.end());
  pooled.insert(pooled.end(), b.begin(), b.end());
  const Ranks ranks = ranks_of(pooled);
  const bool b_is_fewer = b.size() < a.size();
  const std::size_t n = pooled.size(), fewer = std::min(a.size(), b.size());
  const auto of_b = ranks.doubled.begin() + static_cast<std::ptrdiff_t>(a.size());
  const std::uint64_t sum_a = std::accumulate(ranks.doubled.begin(), of_b, std::uint64_t{0});
  const std::uint64_t sum_b = std::accumulate(of_b, ranks.doubled.end(), std::uint64_t{0});

  RankTest test;
  const double na = static_cast<double>(a.size()), nb = static_cast<double>(b.size()), all = na + nb;
  const double u = static_cast<double>(sum_b) / 2 - nb * (nb + 1) / 2;  // pairs with b above a, ties half
  test.effect = 2 * u / (na * nb) - 1;
  const std::uint64_t most = largest_sum(ranks.doubled, fewer);
  if (n <= exact_additions_max / fewer / most) {
    const Tails tails =
        tails_of(distribution_of_sums(ranks.doubled, fewer, most), 2 * fewer * (n + 1), b_is_fewer ? sum_b : sum_a);
    test.p = std::min(1.0, tails.so_far);
    test.p_least = std::min(1.0, tails.farthest);
    return test;
  }
  test.exact = false;
  const double variance = na * nb / 12 * (all + 1 - ranks.tie_term / (all * (all - 1)));
  test.p = two_sided_normal(std::max(0.0, std::abs(u - na * nb / 2) - 0.5), std::sqrt(variance));
  test.p_least = least_of_choices(n, fewer);
  return test;
}

RankTest signed_rank(std::span<const double> differences) {
  assert(!differences.empty());
  std::vector<double> sizes;
  for (const double d : differences) sizes.push_back(std::abs(d));
  const Ranks ranks = ranks_of(sizes);
  std::vector<std::uint64_t> scores;
  std::uint64_t above = 0, total = 0, with_zeros = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    with_zeros += ranks.doubled[i];
    if (sizes[i] == 0) continue;
    scores.push_back(ranks.doubled[i]);
    total += ranks.doubled[i];
    if (differences[i] > 0) above += ranks.doubled[i];
  }
  RankTest test;
  if (scores.empty()) return test;
  test.effect = (2 * static_cast<double>(above) - static_cast<double>(total)) / static_cast<double>(with_zeros);
  if (scores.size() <= exact_additions_max / (total + 1)) {
    std::vector<double> probability(total + 1, 0.0);
    probability[0] = 1;
    for (const std::uint64_t score : scores)
      for (std::size_t sum = total + 1; sum-- > 0;)
        probability[sum] = 0.5 * (probability[sum] + (sum >= score ? probability[sum - score] : 0.0));
    const Tails tails = tails_of(probability, total, above);
    test.p = std::min(1.0, tails.so_far);
    test.p_least = std::min(1.0, tails.farthest);
    return test;
  }
  test.exact = false;
  double variance = 0;  // of the sum of doubled ranks: each counts or not, and ties are in the ranks already
  for (const std::uint64_t score : scores) variance += static_cast<double>(score) * static_cast<double>(score) / 4;
  const double distance = std::abs(static_cast<double>(above) - static_cast<double>(total) / 2);
  test.p = two_sided_normal(std::max(0.0, distance - 1), std::sqrt(variance));  // half a rank, doubled
  test.p_least = std::ldexp(2.0, -static_cast<int>(std::min<std::size_t>(scores.size(), 1000)));
  return test;
}

}  // namespace dwcp::reports
