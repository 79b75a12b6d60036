// As many streams on each path as carry the most: the dialing side tries, and lets go of those that bring nothing.
#include <algorithm>

#include "engine/amst/session_core.hpp"

namespace dwcp::amst {

// Streams 0, p, 2p, ... of p paths belong to the first, 1, p + 1, ... to the second.
bool SessionCore::has_place(unsigned index) const {
  const auto paths = static_cast<unsigned>(climbing_.size());
  return paths == 0 || index / paths < climbing_[index % paths].climber.target();
}

void SessionCore::start_climbing() {
  const auto paths = static_cast<unsigned>(dialing_->paths.size());
  if (config_.streams_min == 0 || config_.streams_min == config_.streams || paths > config_.streams) return;
  const StreamClimber::Bounds bounds{std::max(1U, config_.streams_min / paths), config_.streams / paths};
  for (unsigned path = 0; path < paths; ++path) climbing_.push_back({StreamClimber(bounds, now()), Bytes(0)});
}

void SessionCore::climb() {
  if (climbing_.empty() || path_.silent(now())) return;
  const auto paths = static_cast<unsigned>(climbing_.size());
  std::vector<unsigned> open(paths);
  for (const auto& [id, stream] : streams_) {
    const unsigned path = stream->index % paths;
    const Bytes in_transport = stream->look.path.unacknowledged + stream->look.path.unsent;
    const Bytes carried = stream->look.written - std::min(stream->look.written, in_transport);
    climbing_[path].carried += carried - std::min(carried, stream->carried_seen);
    stream->carried_seen = std::max(carried, stream->carried_seen);
    open[path] += stream->usable() ? 1 : 0;
  }
  // Chunks that wait for a stream mean that all have enough to do.
  // ... and a rate that holds them back says nothing of their number, nor does one that comes of another control.
  const bool busy =
      queue_.ready() && state_ == State::connected && courtesy_.limit() == BitRate(0) && !tries_congestion();
  for (unsigned path = 0; path < paths; ++path) {
    Climbing& one = climbing_[path];
    const unsigned before = one.climber.target();
    one.climber.look(one.carried, open[path], busy, rtt_, now());
    if (one.climber.target() == before) continue;
    platform_.record(
        "amst.streams_wanted",
        {{"peer", agreement_.peer.node.text}, {"path", path}, {"streams", one.climber.target()}, {"before", before}});
    dial_wake_.notify_all();
  }
  for (const auto& [id, stream] : streams_) {
    if (stream->finishing_since || stream->leaving == !has_place(stream->index)) continue;
    stream->leaving = !stream->leaving;
    stream->wake.notify_all();
  }
}

}  // namespace dwcp::amst
