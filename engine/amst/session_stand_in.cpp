// Streams that do not move after an outage: what becomes of them, and of the streams that take their places.
#include <algorithm>

#include "engine/amst/session_core.hpp"

namespace dwcp::amst {
namespace {

// Of what the peer has not released, what doubtful streams may hold before one of them is given up for the room.
constexpr Bytes most_of(Bytes window) { return window - window / 4; }

// Of what the path carried before the outage, what is sent while a stream is doubtful.
constexpr BitRate not_quite(BitRate carried) { return carried - carried / 8; }

}  // namespace

// ---- two streams of one index

// An index has two open streams at most, the session Limits::streams_max. Called before one of `index` is added.
void SessionCore::make_room(unsigned index) {
  const auto streams = streams_;
  const auto open = [&] {
    return std::count_if(streams.begin(), streams.end(), [](auto& s) { return s.second->open; });
  };
  const Failure reason{Errc::unreachable, "replaced by a new connection"};
  for (const auto& [id, stream] : streams)
    if (stream->open && stream->superseded && (stream->index == index || open() >= Limits::streams_max))
      lose(stream, reason);
  for (const auto& [id, stream] : streams)
    if (stream->open && stream->index == index && open() >= Limits::streams_max) lose(stream, reason);
}

// Ids rise, so the newest is the last; a connection that was slow to join may come behind it.
void SessionCore::supersede_older(unsigned index) {
  bool newest = true;
  for (auto it = streams_.rbegin(); it != streams_.rend(); ++it) {
    DataStream& stream = *it->second;
    if (!stream.open || stream.index != index) continue;
    stream.superseded = !newest;
    stream.wake.notify_all();
    newest = false;
  }
  slots_[index].connected = !newest;
}

// With stand-ins for all of these there are no more than Limits::streams_max.
bool SessionCore::may_stand_in(unsigned index) const { return config_.streams + index < Limits::streams_max; }

bool SessionCore::input_ended_in_order(const Stream& stream, const Failure& reason) const {
  return !dialing_ && stream->open && reason.code == asio::error::eof && !ended_.code;
}

// The dialing side ends its direction first, the accepting side when it has read that: so neither closes a connection
// on which the other's chunks are still out.
void SessionCore::finish_spare() {
  const auto streams = streams_;
  const auto ends = [](const DataStream& s) { return s.open && (s.superseded || s.leaving || s.finishing_since); };
  if (std::none_of(streams.begin(), streams.end(), [&](auto& s) { return ends(*s.second); })) return;
  const auto out = queue_.out();
  for (const auto& [id, stream] : streams) {
    if (!ends(*stream)) continue;
    if (stream->finishing_since && now() - *stream->finishing_since > config_.stream_timeout) {
      lose(stream, {Errc::timed_out, "the peer did not end it"});
    } else if (out.contains(stream->id)) {
      continue;
    } else if (stream->input_over) {
      lose(stream, {Errc::unreachable, "ended in order"});
    } else if (dialing_ && !stream->finishing_since) {
      stream->finishing_since = now();
      asio::post(stream->transport->executor(), [stream] { stream->transport->shutdown_send(); });
    }
  }
}

// ---- doubt

void SessionCore::see_whether_it_moves(const Stream& stream) {
  if (path_.silent(now())) return;
  const Standing standing = stream->watch.standing(path_, rtt_, now());
  if (standing == Standing::lost) return give_up(stream, "no progress while the path works");
  // A short silence in between gives it another grace, but that is not to move.
  const bool doubtful = standing == Standing::doubtful || (stream->doubtful && !stream->watch.moves(path_));
  if (std::exchange(stream->doubtful, doubtful) == doubtful) return;
  // The control connection may have left this path for another, and taken it for dead since.
  if (dialing_ && !doubtful) path_works(path_of(stream->transport->remote()));
  platform_.record(doubtful ? "amst.stream_doubtful" : "amst.stream_moves_again",
                   {{"peer", agreement_.peer.node.text}, {"index", stream->index}, {"connection", stream->id.value}});
  stream->wake.notify_all();
  dial_wake_.notify_all();
}

// A doubtful stream has one try, and so long a pause after it that it is lost with it. The stand-ins must not drown it:
// they would all look for the path's limit at once, by filling its queue until it drops.
void SessionCore::pace() {
  const bool careful =
      std::any_of(streams_.begin(), streams_.end(), [](auto& s) { return s.second->open && s.second->doubtful; });
  BitRate rate = rate_;
  if (const BitRate limit = not_quite(carried_.best()); careful && limit > BitRate(0))
    rate = rate == BitRate(0) ? limit : std::min(rate, limit);
  if (const BitRate limit = courtesy_.limit(); limit > BitRate(0))
    rate = rate == BitRate(0) ? limit : std::min(rate, limit);
  if (rate != pacer_.rate()) pacer_.set_rate(rate, now());
}

void SessionCore::give_up(const Stream& stream, std::string_view why) {
  lose(stream, {Errc::timed_out, std::string(why)});
}

// It holds what another could send. A stream may stand still while the path works: several losses in a row, in a short
// queue that the others fill or behind an outage, wait for a timer that has doubled each time. That counts where
// nothing more is to be sent.
bool SessionCore::holds_up(const DataStream& stream) const {
  if (!stream.open) return false;
  const bool still = stream.watch.still(now()) > std::max(path_.grace(), 2 * rtt_);
  return stream.doubtful || (still && sender_pauses());
}

bool SessionCore::sender_pauses() const {
  return queue_.queued() == Bytes(0) && queue_.has_room(Priority::background, agreement_.chunk_max);
}

// A doubtful stream keeps its chunks as long as the session can go on without them. To send a stream's chunks again
// costs the path their length, once; to wait for them where nothing else can be sent costs the path all that it could
// carry, for up to as long as the outage lasted. So they are given up
// - where somebody waits for them: urgent ones, the last ones before a pause of the sender, and those without which
//   the receiver does nothing with what else has arrived;
// - one stream at a look, the one with the least, where they leave the others too little of the window: the next may
//   move before its turn comes.
void SessionCore::weigh_doubtful() {
  if (path_.silent(now())) return;
  std::vector<std::pair<Bytes, Stream>> doubtful;
  const auto streams = streams_;
  if (std::none_of(streams.begin(), streams.end(), [&](auto& s) { return holds_up(*s.second); })) return;
  const auto out = queue_.out();
  Bytes held{0}, all{0};
  for (const auto& [id, one] : out) all += one.bytes;
  bool usable = false;
  for (const auto& [id, stream] : streams) {
    usable = usable || stream->usable();
    if (!holds_up(*stream)) continue;
    const auto found = out.find(stream->id);
    const SendQueue::Out its = found == out.end() ? SendQueue::Out{} : found->second;
    if (its.urgent) {
      give_up(stream, "it holds what is urgent, and does not move while the path works");
    } else if (dialing_ && !stream->superseded && !may_stand_in(stream->index)) {
      give_up(stream, "it does not move while the path works, and no stand-in is left");
    } else {
      doubtful.emplace_back(its.bytes, stream);
      held += its.bytes;
    }
  }
  if (doubtful.empty()) return;
  const auto& least =
      std::min_element(doubtful.begin(), doubtful.end(), [](auto& a, auto& b) { return a.first < b.first; })->second;
  // Only the dialing side can bring up a stand-in, and it does not know what we wait for: it replaces what is lost.
  if (!dialing_ && !usable) return give_up(least, "no stream has moved since the path is back");
  if (held == Bytes(0) || queue_.ready()) return;
  const bool nothing_else = held == all;
  const bool receiver_waits = queue_.unreleased() > all;
  if (nothing_else && (sender_pauses() || receiver_waits)) {
    for (const auto& [bytes, stream] : doubtful) give_up(stream, "nothing but what it holds is left to do");
  } else if (!sender_pauses() && (nothing_else || held > most_of(queue_.unreleased()))) {
    give_up(least, "what it holds takes the others' room");
  }
}

}  // namespace dwcp::amst
