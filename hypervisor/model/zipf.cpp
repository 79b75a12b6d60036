#include "hypervisor/model/zipf.hpp"

#include <algorithm>
#include <cmath>

namespace dwcp::model {

Zipf::Zipf(std::uint64_t count, double exponent) : count_(count), exponent_(exponent) {
  integral_low_ = integral(1.5) - 1;
  integral_high_ = integral(static_cast<double>(count) + 0.5);
  accept_within_ = 2 - integral_inverse(integral(2.5) - density(2));
}

double Zipf::density(double x) const { return std::exp(-exponent_ * std::log(x)); }

// (x^(1-s) - 1) / (1 - s), which is log x at s = 1; expm1 keeps it exact near there.
double Zipf::integral(double x) const {
  const double log_x = std::log(x), t = (1 - exponent_) * log_x;
  return std::abs(t) < 1e-12 ? log_x : std::expm1(t) / t * log_x;
}

double Zipf::integral_inverse(double y) const {
  const double t = std::max(y * (1 - exponent_), -1.0);
  return std::exp(std::abs(t) < 1e-12 ? y : std::log1p(t) / t * y);
}

std::uint64_t Zipf::operator()(Random& random) const {
  for (;;) {
    const double u = integral_high_ + random.uniform() * (integral_low_ - integral_high_);
    const double x = integral_inverse(u);
    const double rank = std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(count_));
    if (rank - x <= accept_within_ || u >= integral(rank + 0.5) - density(rank))
      return static_cast<std::uint64_t>(rank);
  }
}

}  // namespace dwcp::model
