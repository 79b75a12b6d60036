// Zipf-distributed ranks.
#pragma once

#include "engine/base/random.hpp"

namespace dwcp::model {

// Draws ranks 1..count with probability proportional to rank^-exponent, in constant time and memory, by
// rejection-inversion (Hörmann, Derflinger 1996). Precondition: count >= 1, 0 <= exponent <= 4.
class Zipf {
 public:
  Zipf(std::uint64_t count, double exponent);
  std::uint64_t operator()(Random& random) const;

 private:
  double density(double x) const;   // x^-exponent
  double integral(double x) const;  // of density, from 1
  double integral_inverse(double y) const;

  std::uint64_t count_;
  double exponent_;
  double integral_low_, integral_high_, accept_within_;
};

}  // namespace dwcp::model
