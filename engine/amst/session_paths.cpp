// Which path a connection takes. Each data stream has a home, and goes elsewhere while its home does not work; when
// that may be over, its home is tried again, beside the stream that carries on.
#include <algorithm>

#include "engine/amst/session_core.hpp"

namespace dwcp::amst {
namespace {

// From the first failure to the next try, doubled with each failure in a row.
constexpr Duration dead_first = std::chrono::seconds(5);
constexpr unsigned dead_doublings_max = 4;

}  // namespace

void SessionCore::Trouble::note(TimePoint now, Duration first, unsigned doublings_max) {
  if (now < until) return;
  until = now + first * (1U << std::min(in_a_row, doublings_max));
  ++in_a_row;
}

std::size_t SessionCore::path_of(const Endpoint& remote) const {
  const auto& paths = dialing_->paths;
  const auto found = std::find(paths.begin(), paths.end(), remote);
  return found == paths.end() ? 0 : static_cast<std::size_t>(found - paths.begin());
}

// The home, or the next one that is not known to be dead; when all are, each in its turn.
std::size_t SessionCore::choose_path(std::size_t home, unsigned attempt) const {
  const std::size_t count = path_states_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t path = (home + i) % count;
    if (path_states_[path].dead.until <= now()) return path;
  }
  return (home + attempt) % count;
}

void SessionCore::path_failed(std::size_t path) { path_states_[path].dead.note(now(), dead_first, dead_doublings_max); }
void SessionCore::path_works(std::size_t path) { path_states_[path].dead = {}; }
void SessionCore::all_paths_may_work() {
  for (PathState& state : path_states_) state.dead = {};
}

// On its home where that may work, by the carrier that it should have there.
bool SessionCore::is_well_placed(const DataStream& stream) const {
  const std::size_t home = stream.index % path_states_.size();
  const bool home_may_work = path_states_[home].dead.until <= now();
  return has_right_carrier(stream) && (path_of(stream.transport->remote()) == home || !home_may_work);
}

void SessionCore::look_for_better_places() {
  if (!dialing_) return;
  const bool all_well = std::all_of(streams_.begin(), streams_.end(),
                                    [this](const auto& s) { return !s.second->usable() || is_well_placed(*s.second); });
  if (!all_well) dial_wake_.notify_all();
}

}  // namespace dwcp::amst
