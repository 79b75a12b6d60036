#include "reports/compare/shift.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

namespace dwcp::reports {
namespace {

// Above so many values the normal approximation decides where the interval ends.
constexpr std::size_t exact_values_max = 50;

std::vector<double> thinned(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  if (sorted.size() <= shift_values_max) return sorted;
  std::vector<double> some;
  for (std::size_t i = 0; i < shift_values_max; ++i)
    some.push_back(sorted[(2 * i + 1) * sorted.size() / (2 * shift_values_max)]);
  return some;
}

// Of the standard normal distribution, by bisection.
double normal_quantile(double probability) {
  double low = -40, high = 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle / std::sqrt(2.0)) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

// P(U = u) of Mann and Whitney's statistic without ties, by their recurrence over the largest value.
std::vector<double> distribution_of_u(std::size_t n, std::size_t m) {
  std::vector<std::vector<double>> row(m + 1, std::vector<double>{1.0});  // of no values on one side, j on the other
  for (std::size_t i = 1; i <= n; ++i) {
    std::vector<std::vector<double>> next(m + 1);
    next[0] = {1.0};
    for (std::size_t j = 1; j <= m; ++j) {
      next[j].assign(i * j + 1, 0.0);
      const double all = static_cast<double>(i + j);
      for (std::size_t u = 0; u < row[j].size(); ++u) next[j][u + j] += static_cast<double>(i) / all * row[j][u];
      for (std::size_t u = 0; u < next[j - 1].size(); ++u) next[j][u] += static_cast<double>(j) / all * next[j - 1][u];
    }
    row = std::move(next);
  }
  return std::move(row[m]);
}

// P(W = w) of Wilcoxon's statistic without ties or zeros.
std::vector<double> distribution_of_w(std::size_t n) {
  std::vector<double> probability(n * (n + 1) / 2 + 1, 0.0);
  probability[0] = 1;
  for (std::size_t rank = 1; rank <= n; ++rank)
    for (std::size_t w = probability.size(); w-- > 0;)
      probability[w] = 0.5 * (probability[w] + (w >= rank ? probability[w - rank] : 0.0));
  return probability;
}

// How many values at each end lie outside of the interval: the most of which the lower tail has at most `tail`.
std::size_t outside_of(const std::vector<double>& probability, double tail) {
  double below = 0;
  for (std::size_t i = 0; i < probability.size(); ++i) {
    below += probability[i];
    if (below > tail) return i;
  }
  return probability.size();
}

double middle_of_sorted(const std::vector<double>& sorted) {
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : sorted[half - 1] / 2 + sorted[half] / 2;
}

Shift shift_from(std::vector<double> candidates, std::size_t outside) {
  std::ranges::sort(candidates);
  Shift shift{middle_of_sorted(candidates), -std::numeric_limits<double>::infinity(),
              std::numeric_limits<double>::infinity()};
  if (outside == 0) return shift;
  shift.low = candidates[outside - 1];
  shift.high = candidates[candidates.size() - outside];
  return shift;
}

std::size_t outside_by_normal(double mean, double variance, double tail) {
  return static_cast<std::size_t>(std::max(0.0, std::floor(mean + normal_quantile(tail) * std::sqrt(variance))));
}

}  // namespace

Shift shift_between(std::span<const double> a, std::span<const double> b, double level) {
  assert(!a.empty() && !b.empty() && level > 0 && level < 1);
  const auto from = thinned(a), to = thinned(b);
  std::vector<double> candidates;
  candidates.reserve(from.size() * to.size());
  for (const double x : from)
    for (const double y : to) candidates.push_back(y - x);
  const double n = static_cast<double>(from.size()), m = static_cast<double>(to.size());
  const double tail = (1 - level) / 2;
  const std::size_t outside = from.size() + to.size() <= exact_values_max
                                  ? outside_of(distribution_of_u(from.size(), to.size()), tail)
                                  : outside_by_normal(n * m / 2, n * m * (n + m + 1) / 12, tail);
  return shift_from(std::move(candidates), outside);
}

Shift shift_of_pairs(std::span<const double> differences, double level) {
  assert(!differences.empty() && level > 0 && level < 1);
  const auto d = thinned(differences);
  std::vector<double> candidates;
  candidates.reserve(d.size() * (d.size() + 1) / 2);
  for (std::size_t i = 0; i < d.size(); ++i)
    for (std::size_t j = i; j < d.size(); ++j) candidates.push_back(d[i] / 2 + d[j] / 2);
  const double n = static_cast<double>(d.size());
  const double tail = (1 - level) / 2;
  const std::size_t outside = d.size() <= exact_values_max
                                  ? outside_of(distribution_of_w(d.size()), tail)
                                  : outside_by_normal(n * (n + 1) / 4, n * (n + 1) * (2 * n + 1) / 24, tail);
  return shift_from(std::move(candidates), outside);
}

}  // namespace dwcp::reports
