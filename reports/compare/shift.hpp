// By how much one sample lies above another, with an interval that needs no distribution.
#pragma once

#include <cstddef>
#include <span>

namespace dwcp::reports {

// Hodges and Lehmann, "Estimates of location based on rank tests", Ann. Math. Statist. 34 (1963); the interval turns
// the rank test around (Hollander, Wolfe and Chicken, "Nonparametric Statistical Methods", 3rd ed., 4.3 and 3.3).
struct Shift {
  double estimate = 0;
  double low = 0, high = 0;  // at the level asked for; -inf and inf where so few values yield no interval
};

// Of more values a side so many are taken, evenly spaced in their order.
constexpr std::size_t shift_values_max = 2000;

// Median of all b - a. Precondition: neither is empty, all are finite, 0 < level < 1.
Shift shift_between(std::span<const double> a, std::span<const double> b, double level);
// Median of all means of two differences (Walsh averages). Precondition: not empty, all finite, 0 < level < 1.
Shift shift_of_pairs(std::span<const double> differences, double level);

}  // namespace dwcp::reports
