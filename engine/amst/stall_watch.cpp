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

Standing StreamWatch::standing(const PathWatch& path, Duration rtt, TimePoint now) const {
  if (!outstanding_ || path.silent(now)) return Standing::good;
  if (progress_at_ >= path.back_at()) return now - progress_at_ > timeout_ ? Standing::lost : Standing::good;
  // Tries are t, 3t, 7t... after the last progress: the first one on the working path comes no later than as long after
  // the path's return as the stream was still before, and t, which the grace covers together with the answer.
  const Duration still = std::min(path.back_at() - progress_at_, timeout_);
  const Duration back_for = now - path.back_at();
  if (back_for > still + path.grace() + 4 * rtt) return Standing::lost;
  return back_for > std::max(path.grace(), 2 * rtt) ? Standing::doubtful : Standing::good;
}

}  // namespace dwcp::amst
