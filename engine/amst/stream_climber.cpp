#include "engine/amst/stream_climber.hpp"

#include <algorithm>
#include <utility>

namespace dwcp::amst {
namespace {

// Half as many more, a third fewer: the same step up and down.
unsigned more_than(unsigned streams) { return streams + std::max(1U, streams / 2); }
unsigned fewer_than(unsigned streams) { return streams - std::min(streams, std::max(1U, streams / 3)); }

}  // namespace

StreamClimber::StreamClimber(Bounds bounds, TimePoint now)
    : bounds_(bounds), kept_(std::clamp(4U, bounds.least, bounds.most)), target_(kept_), since_(now) {}

void StreamClimber::look(Bytes carried, unsigned open, bool busy, Duration round_trip, TimePoint now) {
  if (bounds_.least == bounds_.most) return;
  if (measure(carried, open, busy, round_trip, now)) judge();
}

// True when a measurement of `target_` streams has ended.
bool StreamClimber::measure(Bytes carried, unsigned open, bool busy, Duration round_trip, TimePoint now) {
  if (!busy || open != target_) {
    settled_ = false;
    restart(carried, now);
    return false;
  }
  const Duration elapsed = now - since_;
  if (elapsed < std::max(settled_ ? measure_least : measure_least / 2, round_trips * round_trip)) return false;
  rate_ = static_cast<double>((carried - carried_then_).value) / to_seconds(elapsed);
  const bool measured = std::exchange(settled_, true);
  restart(carried, now);
  return measured;
}

void StreamClimber::restart(Bytes carried, TimePoint now) {
  carried_then_ = carried;
  since_ = now;
}

void StreamClimber::judge() {
  switch (trying_) {
    case Trying::nothing:
      kept_rate_ = rate_;
      if (rest_ > 0) --rest_;
      if (rest_ == 0) try_more();
      return;
    case Trying::more:
      if (rate_ < kept_rate_ * (1 + gain_least)) return try_fewer();
      kept_ = target_;
      kept_rate_ = rate_;
      rest_length_ = rest_first;  // the path is not what it was
      return try_more();
    case Trying::fewer:
      // Beside the rate before the first of them, so that small losses do not add up.
      if (rate_ < kept_rate_ * (1 - loss_most)) return rest();
      kept_ = target_;
      return try_fewer();
  }
}

void StreamClimber::try_more() {
  target_ = std::min(bounds_.most, more_than(kept_));
  trying_ = Trying::more;
  settled_ = false;
  if (target_ == kept_) try_fewer();
}

void StreamClimber::try_fewer() {
  target_ = std::max(bounds_.least, fewer_than(kept_));
  trying_ = Trying::fewer;
  settled_ = false;
  if (target_ == kept_) rest();
}

void StreamClimber::rest() {
  target_ = kept_;
  trying_ = Trying::nothing;
  settled_ = false;
  rest_ = rest_length_;
  rest_length_ = std::min(rest_most, 2 * rest_length_);
}

}  // namespace dwcp::amst
