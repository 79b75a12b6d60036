#include "engine/amst/pacer.hpp"

#include <algorithm>

namespace dwcp::amst {
namespace {

constexpr Duration burst_time = std::chrono::milliseconds(10);
constexpr Bytes piece_min = KiB(4);
constexpr Bytes piece_max = KiB(256);

}  // namespace

void Pacer::refill(TimePoint now) {
  const double per_second = static_cast<double>(rate_.value) / 8;
  const double burst = per_second * to_seconds(burst_time);
  // The bucket starts empty: an unpaced past earns nothing.
  if (refilled_) balance_bytes_ += per_second * to_seconds(now - *refilled_);
  balance_bytes_ = std::min(balance_bytes_, burst);
  refilled_ = now;
}

void Pacer::set_rate(BitRate rate, TimePoint now) {
  if (rate_ != BitRate(0)) refill(now);
  rate_ = rate;
  if (rate == BitRate(0)) {
    balance_bytes_ = 0;
    refilled_.reset();
  }
}

Duration Pacer::delay(TimePoint now) {
  if (rate_ == BitRate(0)) return Duration(0);
  refill(now);
  if (balance_bytes_ >= 0) return Duration(0);
  // Rounded up: waking a nanosecond early would only wait again.
  return from_seconds(-balance_bytes_ * 8 / static_cast<double>(rate_.value)) + Duration(1);
}

void Pacer::spend(Bytes amount, TimePoint now) {
  if (rate_ == BitRate(0)) return;
  refill(now);
  balance_bytes_ -= static_cast<double>(amount.value);
}

void Pacer::correct(Bytes planned, Bytes actual) {
  if (rate_ != BitRate(0)) balance_bytes_ += static_cast<double>(planned.value) - static_cast<double>(actual.value);
}

Bytes Pacer::piece() const {
  if (rate_ == BitRate(0)) return piece_max;
  return std::clamp(bytes_in(burst_time, rate_), piece_min, piece_max);
}

}  // namespace dwcp::amst
