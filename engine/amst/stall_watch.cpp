#include "engine/amst/stall_watch.hpp"

#include <algorithm>

namespace dwcp::amst {

PathWatch::PathWatch(Duration silence_limit, Duration grace, TimePoint now)
    : silence_limit_(silence_limit), grace_(grace), heard_(now) {}

void PathWatch::heard(TimePoint now) {
  if (silent(now)) back_at_ = now;
  heard_ = now;
}

void PathWatch::rejoined(TimePoint now) {
  back_at_ = now;
  heard_ = now;
  disconnected_ = false;
}

void PathWatch::disconnected() { disconnected_ = true; }

bool PathWatch::silent(TimePoint now) const { return disconnected_ || now - heard_ > silence_limit_; }

void StreamWatch::look(Bytes acknowledged, bool outstanding, TimePoint now) {
  // Time counts from the first look that saw something outstanding.
  if (!outstanding || !outstanding_ || acknowledged > acknowledged_) progress_at_ = now;
  acknowledged_ = std::max(acknowledged_, acknowledged);
  outstanding_ = outstanding;
}

bool StreamWatch::stalled(const PathWatch& path, Duration rtt, TimePoint now) const {
  if (!outstanding_ || path.silent(now)) return false;
  if (progress_at_ < path.back_at()) return now - path.back_at() > path.grace() + 4 * rtt;
  return now - progress_at_ > timeout_;
}

}  // namespace dwcp::amst
