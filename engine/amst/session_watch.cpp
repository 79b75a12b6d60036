// The session's periodic look at itself: signs of life, stalled streams, the end of its patience, and its figures.
#include <algorithm>

#include "engine/amst/path_fit.hpp"
#include "engine/amst/session_core.hpp"
#include "engine/platform/deadline.hpp"

namespace dwcp::amst {
namespace {

constexpr Duration look_every = std::chrono::milliseconds(250);
constexpr Duration settled_after = std::chrono::seconds(5);  // of an outage
constexpr Bytes segment{1448};                               // of an Ethernet frame, the least that is usual

}  // namespace

Task<void> SessionCore::watch() {
  TimePoint next_heartbeat = now();
  while (!ended_.code) {
    if (control_ && now() >= next_heartbeat) {
      control_->heartbeat_due = true;
      wake_control();
      next_heartbeat = now() + config_.heartbeat;
    }
    co_await platform::sleep_for(platform_, std::min(look_every, config_.heartbeat));
    co_await look_at_streams();
    judge();
    co_await settle_congestion();
  }
}

Task<void> SessionCore::look_at_streams() {
  const auto streams = streams_;
  for (const auto& [id, stream] : streams) {
    if (!stream->open) continue;
    const Executor lane = stream->transport->executor();
    const Look look = co_await platform::on(lane, look_on_lane(stream));
    stream->look = look;
    sent_again_ += segment * (look.path.segments_retransmitted -
                              std::min(look.path.segments_retransmitted, stream->sent_again_seen));
    stream->sent_again_seen = std::max(look.path.segments_retransmitted, stream->sent_again_seen);
    if (!std::exchange(stream->reported, true)) report_path(*stream);
    const Bytes in_transport = look.path.unacknowledged + look.path.unsent;
    const Bytes acknowledged = look.written - std::min(look.written, in_transport);
    stream->watch.look(acknowledged, in_transport > Bytes(0), now());
  }
}

// What carries the stream, and what by_path decided for it.
void SessionCore::report_path(const DataStream& stream) {
  const bool tcp = stream.transport->carrier() == Carrier::tcp;
  platform_.record(
      "amst.stream_path",
      {{"peer", agreement_.peer.node.text},
       {"index", stream.index},
       {"connection", stream.id.value},
       {"carrier", std::string(name_of(stream.transport->carrier()))},
       {"congestion", std::string(tcp ? platform::name_of(stream.look.path.congestion) : "by the adapter")},
       {"rtt_ns", stream.look.path.rtt_smoothed}});
}

void SessionCore::judge() {
  const auto streams = streams_;
  for (const auto& [id, stream] : streams)
    if (stream->open) see_whether_it_moves(stream);
  weigh_doubtful();
  weigh_congestion();
  climb();
  look_for_better_places();
  finish_spare();
  carried_.look(stats_.payload_acknowledged, now());
  leave_room();
  pace();
  if (path_.silent(now())) dial_wake_.notify_all();
  update_state("no sign of life from the peer");
  if (state_ == State::suspended && now() - state_since_ > agreement_.resume_timeout)
    end({Errc::session_lost, "no connection to '" + agreement_.peer.node.text + "' for " +
                                 dwcp::to_string(agreement_.resume_timeout) +
                                 "; the last one ended with: " + last_loss_.message()},
        Farewell::none);
}

// What is measured now says nothing of the path.
bool SessionCore::disturbed() const {
  return state_ != State::connected || (stats_.suspensions > 0 && now() - state_since_ < settled_after);
}

// One rate is for one path: with several, each would have to be judged by itself.
void SessionCore::leave_room() {
  if (!config_.courtesy) return;
  const PathSample sample = path();
  Courtesy::Look look;
  look.carried = stats_.payload_acknowledged;
  look.sent_again = sent_again_;
  look.delivered = sample.delivery_rate;
  look.rtt = sample.rtt_smoothed;
  look.rtt_min = sample.rtt_min;
  look.busy = queue_.ready() && state_ == State::connected;
  look.disturbed = disturbed();
  std::optional<asio::ip::address> one_peer;
  look.bbr = !streams_.empty();
  for (const auto& [id, stream] : streams_) {
    if (!stream->open) continue;
    look.disturbed = look.disturbed || stream->doubtful || stream->superseded;
    const auto address = stream->transport->remote().address;
    look.bbr =
        look.bbr && stream->look.path.congestion == CongestionControl::bbr && one_peer.value_or(address) == address;
    one_peer = address;
  }
  courtesy_.look(look, now());
}

Stats SessionCore::stats() const {
  Stats s = stats_;
  auto slots = slots_;
  for (const auto& [id, stream] : streams_) {
    StreamInfo& slot = slots[stream->index];
    slot.sent += Bytes(stream->written.load());
    slot.received += Bytes(stream->read.load());
    if (stream->open) slot.path = stream->look.path;
  }
  s.bytes_wire = control_written_;
  s.bytes_wire_received = control_read_;
  if (control_) {
    s.bytes_wire += Bytes(control_->written.load());
    s.bytes_wire_received += Bytes(control_->read.load());
  }
  for (const auto& [index, slot] : slots) {
    s.bytes_wire += slot.sent;
    s.bytes_wire_received += slot.received;
    s.streams.push_back(slot);
  }
  s.queued = queue_.queued();
  s.unreleased = queue_.unreleased();
  s.held_by_peer = queue_.held();
  s.window = queue_.total();
  s.held = ledger_.held();
  s.rtt = rtt_;
  return s;
}

PathSample SessionCore::path() const {
  PathSample sum;
  Duration total_rtt{0};
  std::int64_t count = 0;
  for (const auto& [id, stream] : streams_) {
    if (!stream->open || stream->doubtful) continue;  // its figures are those of before the outage
    const PathSample& one = stream->look.path;
    sum.delivery_rate += one.delivery_rate;
    sum.congestion_window += one.congestion_window;
    sum.unacknowledged += one.unacknowledged;
    sum.unsent += one.unsent;
    sum.segments_retransmitted += one.segments_retransmitted;
    sum.congestion = one.congestion;
    if (one.rtt_smoothed <= Duration(0)) continue;
    total_rtt += one.rtt_smoothed;
    ++count;
    if (one.rtt_min > Duration(0))
      sum.rtt_min = sum.rtt_min == Duration(0) ? one.rtt_min : std::min(sum.rtt_min, one.rtt_min);
  }
  sum.rtt_smoothed = count > 0 ? total_rtt / count : rtt_;
  return sum;
}

Bytes SessionCore::chunk_size() const {
  BitRate rates{0};
  std::uint64_t count = 0;
  for (const auto& [id, stream] : streams_) {
    if (!stream->usable()) continue;
    rates += expected_rate(stream->look.path);
    ++count;
  }
  if (count == 0) return fitting_chunk(BitRate(0), agreement_.chunk_max);
  BitRate one = rates / count;
  if (pacer_.rate() != BitRate(0)) one = std::min(one, std::max(BitRate(1), pacer_.rate() / count));
  return fitting_chunk(one, agreement_.chunk_max);
}

}  // namespace dwcp::amst
