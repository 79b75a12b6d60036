// A deterministic random stream. Streams come from Platform::random(name): one per purpose, so that a draw added in one
// place does not shift every other.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/base/units.hpp"

namespace dwcp {

// xoshiro256** 1.0 (Blackman, Vigna 2018), seeded by SplitMix64. Satisfies UniformRandomBitGenerator.
class Random {
 public:
  using result_type = std::uint64_t;
  explicit Random(std::uint64_t seed);
  Random(std::uint64_t seed, std::string_view name);

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return ~result_type{0}; }
  result_type operator()();

  // Uniform in [0, bound). Precondition: bound > 0.
  std::uint64_t below(std::uint64_t bound);
  // Uniform in [0, 1).
  double uniform();
  bool chance(double probability) { return uniform() < probability; }
  // Exponential with the given mean (> 0).
  double exponential(double mean);
  // Uniform in [low, high]. Precondition: low <= high.
  Duration between(Duration low, Duration high);

 private:
  std::uint64_t state_[4];
};

}  // namespace dwcp
