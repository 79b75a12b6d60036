#include "engine/migration/path_estimate.hpp"

#include <algorithm>
#include <utility>

namespace dwcp::migration {
namespace {

constexpr Duration sample_least = std::chrono::milliseconds(100);
constexpr unsigned acknowledgements_least = 8;               // fewer say little of a rate
constexpr BitRate guess_most(40'000'000'000);                // of a path that is not full
constexpr std::uint64_t hungry_growth = 8, full_growth = 2;  // of the guess, with each sample
constexpr double sample_weight = 0.25;
constexpr double growth_most = 2.0;  // of a path that is not full, with each sample
constexpr Duration steady_after = std::chrono::seconds(2);
constexpr double steady_growth_most = 1.25;

BitRate rounded(double rate) { return BitRate(static_cast<std::uint64_t>(rate)); }

}  // namespace

bool PathEstimate::due(TimePoint now, Duration rtt) const {
  return now - sampled_ >= std::max(sample_least, rtt) && acknowledgements_ >= acknowledgements_least;
}

Bytes PathEstimate::sample(TimePoint now, bool destination_limits) {
  lately_[samples_++ % lately_.size()] = {acked_, now - sampled_};
  const auto rate = static_cast<double>(rate_of(acked_, now - sampled_).value);
  const auto known = static_cast<double>(carries_.value);
  const double smoothed = known == 0 ? rate : known + sample_weight * (rate - known);
  // Behind a repaired loss acknowledgements come in bursts that no path carries.
  const double at_least =
      known == 0 ? rate : std::clamp(static_cast<double>(rate_lately().value), known, growth_most * known);
  carries_ = rounded(full_ || always_more_ ? smoothed : at_least);
  const std::uint64_t growth = hungry_ && batches_ > 0 ? hungry_growth : destination_limits ? full_growth : 0;
  may_carry_ = growth > 0 ? std::min(guess_most, std::max(carries_, may_carry_) * growth) : carries_;
  if (may_carry_ > rounded(steady_growth_most * static_cast<double>(steady_rate_.value))) {
    steady_rate_ = may_carry_;
    steady_since_ = now;
  }
  sampled_ = now;
  acknowledgements_ = batches_ = 0;
  full_ = false;
  always_more_ = hungry_ = true;
  return std::exchange(acked_, Bytes(0));
}

BitRate PathEstimate::rate_lately() const {
  Sample sum;
  for (const Sample& one : lately_) {
    sum.acked += one.acked;
    sum.took += one.took;
  }
  return rate_of(sum.acked, sum.took);
}

bool PathEstimate::steady(TimePoint now) const { return now - steady_since_ >= steady_after; }

}  // namespace dwcp::migration
