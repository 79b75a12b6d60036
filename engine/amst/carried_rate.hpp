// What a direction of a session carried lately: the best of the last windows in which something arrived. No clock.
#pragma once

#include <algorithm>
#include <array>

#include "engine/base/units.hpp"

namespace dwcp::amst {

class CarriedRate {
 public:
  static constexpr Duration window = std::chrono::seconds(2);  // chunks arrive in bursts behind repaired losses
  static constexpr Duration quiet_max = std::chrono::milliseconds(500);  // at the end of a window that counts

  explicit CarriedRate(TimePoint now) : since_(now), progress_at_(now) {}

  // `total` is what has arrived since the beginning. To be called several times a window.
  void look(Bytes total, TimePoint now) {
    if (total > total_) progress_at_ = now;
    total_ = total;
    if (now - since_ < window) return;
    // Pauses and outages say nothing of the path.
    if (now - progress_at_ <= quiet_max)
      windows_[counted_++ % windows_.size()] = rate_of(total - before_, now - since_);
    before_ = total;
    since_ = now;
  }

  // 0: unknown. One window, which may be the beginning's, does not say it.
  BitRate best() const { return counted_ < 2 ? BitRate(0) : *std::max_element(windows_.begin(), windows_.end()); }

 private:
  TimePoint since_, progress_at_;
  Bytes total_{0}, before_{0};
  std::array<BitRate, 8> windows_{};
  std::size_t counted_ = 0;
};

}  // namespace dwcp::amst
