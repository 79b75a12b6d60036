#include "reports/compare/compare_metric.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace dwcp::reports {
namespace {

double median_of_values(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : values[half - 1] / 2 + values[half] / 2;
}

double mean_of_values(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double share_of(double difference, double base) {
  if (difference == 0) return 0;
  return base == 0 ? std::numeric_limits<double>::infinity() : std::abs(difference / base);
}

Finding direction_of(const MetricComparison& m, double up) {
  if (m.traits.good == Good::none || up == 0) return Finding::changed;
  const bool higher_is_good = m.traits.good == Good::higher;
  return (up > 0) == higher_is_good ? Finding::better : Finding::worse;
}

bool all_equal(std::span<const SeedValue> a, std::span<const SeedValue> b) {
  const auto is_first = [&](const SeedValue& v) { return v.value == a.front().value; };
  return std::ranges::all_of(a, is_first) && std::ranges::all_of(b, is_first);
}

}  // namespace

double MetricComparison::size() const {
  return std::max(share_of(median_b - median_a, median_a), share_of(mean_b - mean_a, mean_a));
}

MetricComparison test_metric(std::span<const SeedValue> a, std::span<const SeedValue> b, bool paired, double level) {
  std::vector<double> va, vb, differences;
  for (const SeedValue& v : a) va.push_back(v.value);
  for (const SeedValue& v : b) vb.push_back(v.value);
  MetricComparison m;
  m.count_a = va.size();
  m.count_b = vb.size();
  m.median_a = median_of_values(va);
  m.median_b = median_of_values(vb);
  m.mean_a = mean_of_values(va);
  m.mean_b = mean_of_values(vb);
  m.difference = m.by_means() ? m.mean_b - m.mean_a : m.median_b - m.median_a;
  const double base = m.by_means() ? m.mean_a : m.median_a;
  if (base != 0) m.relative = m.difference / std::abs(base);
  if (base == 0 && m.difference == 0) m.relative = 0;
  m.shift = {m.median_b - m.median_a, -std::numeric_limits<double>::infinity(),
             std::numeric_limits<double>::infinity()};
  if (all_equal(a, b)) {
    m.shift = {0, 0, 0};
    return m;
  }
  if (va.size() < 2 || vb.size() < 2) return m;
  if (paired) {
    for (std::size_t i = 0; i < va.size(); ++i) differences.push_back(vb[i] - va[i]);
    m.method = Method::signed_rank;
    m.test = signed_rank(differences);
    m.shift = shift_of_pairs(differences, 1 - level);
  } else {
    m.method = Method::mann_whitney;
    m.test = mann_whitney(va, vb);
    m.shift = shift_between(va, vb, 1 - level);
  }
  return m;
}

bool can_find(const MetricComparison& m, double level) { return m.method != Method::none && m.test.p_least <= level; }

void judge_metric(MetricComparison& m, const CompareOptions& options) {
  const double shift = share_of(m.shift.estimate, m.median_a), size = std::max(m.size(), shift);
  const bool equal = m.method == Method::none && m.shift.low == 0 && m.shift.high == 0;
  if (equal) {
    m.finding = Finding::same;
  } else if (m.traits.good == Good::never && m.mean_b != m.mean_a) {
    m.finding = direction_of(m, m.mean_b - m.mean_a);
    m.why = "must not happen";
  } else if (m.method != Method::none && m.p_adjusted <= options.level) {
    m.finding = size < options.relevant ? Finding::same : direction_of(m, m.test.effect);
    if (m.finding == Finding::same) m.why = "less than matters";
  } else if (std::max(share_of(m.shift.low, m.median_a), share_of(m.shift.high, m.median_a)) < options.relevant &&
             m.size() < options.relevant) {
    m.finding = Finding::same;
  } else {
    m.finding = Finding::cannot_tell;
    // What a single test finds and many of them do not, more values would decide.
    m.why = can_find(m, options.level) && m.test.p > options.level ? "too noisy" : "too few";
  }
}

}  // namespace dwcp::reports
