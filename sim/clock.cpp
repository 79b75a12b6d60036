#include "sim/clock.hpp"

#include <stdexcept>

namespace dwcp::sim {
namespace {

constexpr std::int64_t billion = 1'000'000'000;
__extension__ using Wide = __int128;  // nanoseconds of 292 years, times a billion

}  // namespace

TimePoint Clock::local(TimePoint now) const {
  return shown_ + Duration(static_cast<std::int64_t>(Wide{(now - changed_).count()} * (billion + drift_) / billion));
}

TimePoint Clock::virtual_of(TimePoint local) const {
  if (local <= shown_) return changed_;
  const Wide rate = billion + drift_;
  return changed_ + Duration(static_cast<std::int64_t>((Wide{(local - shown_).count()} * billion + rate - 1) / rate));
}

void Clock::set_drift(std::int64_t parts_per_billion, TimePoint now) {
  if (parts_per_billion > drift_max || parts_per_billion < -drift_max)
    throw std::invalid_argument("a clock that is off by more than half");
  shown_ = local(now);
  changed_ = now;
  drift_ = parts_per_billion;
}

}  // namespace dwcp::sim
