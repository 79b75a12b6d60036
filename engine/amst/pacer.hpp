// One rate for all streams of a session: a token bucket that may go into debt by one piece, so that a piece larger than
// the bucket still goes out and the mean rate holds.
#pragma once

#include <optional>

#include "engine/base/units.hpp"

namespace dwcp::amst {

class Pacer {
 public:
  // 0: no limit.
  explicit Pacer(BitRate rate) : rate_(rate) {}

  void set_rate(BitRate rate, TimePoint now);
  BitRate rate() const { return rate_; }
  // How long until the next piece may start; 0: now.
  Duration delay(TimePoint now);
  void spend(Bytes amount, TimePoint now);
  // `planned` was spent, and `actual` has gone out.
  void correct(Bytes planned, Bytes actual);
  // What should be written at once: about 10 ms of the rate, 4 KiB..256 KiB. Larger ones would leave as line-rate
  // bursts.
  Bytes piece() const;

 private:
  void refill(TimePoint now);

  BitRate rate_;
  double balance_bytes_ = 0;  // negative: debt
  std::optional<TimePoint> refilled_;
};

}  // namespace dwcp::amst
