#include <utility>

#include "engine/migration/outgoing.hpp"
#include "engine/platform/deadline.hpp"

namespace dwcp::migration {
namespace {

constexpr Duration look_every = std::chrono::milliseconds(50);
constexpr unsigned looks_per_record = 10;                                 // of the progress, in the event log
constexpr Duration near_switchover = std::chrono::seconds(1);             // of predicted downtime
constexpr Duration line_near_switchover = std::chrono::milliseconds(40);  // of traffic that waits in line then
constexpr Duration line_near_end_of_round = std::chrono::milliseconds(150);
constexpr double near_end_of_round = 0.5;  // seconds that the rest of its memory takes
constexpr Bytes pipe_line_least = MiB(1);
constexpr Bytes under_way_least = MiB(1);

}  // namespace

Task<void> Outgoing::steer() {
  for (unsigned look = 0;; ++look) {
    const Measurement now = measure();
    watch_transfer(now);
    notice_stop();
    const Decision decision = convergence_->decide(now);
    if (stopped_ == TimePoint{}) co_await keep_time();
    if (stopped_ == TimePoint{}) co_await act(decision);
    size_pipeline(decision, now);
    tell_progress(decision, now);
    if (look % looks_per_record == 0) record_progress(decision, now);
    co_await platform::sleep_for(agent_->platform, look_every);
  }
}

// Also at the stream's end, since a switchover may take less time than passes between two looks.
void Outgoing::notice_stop() {
  const OutgoingStatus guest = guest_->status();
  if (stopped_ != TimePoint{} || !guest.guest_stopped) return;
  stopped_ = guest.stopped_at;
  agent_->platform.record("migration.guest_stopped", {{"vm", request_.vm.text}, {"round", guest.rounds}});
  changed_.notify_all();
}

// What the user said of a migration that takes too long; and of post-copy without a time: after one round.
Task<void> Outgoing::keep_time() {
  const Policy& policy = request_.policy;
  const bool post_copy = request_.movement == Movement::post_copy;
  const bool late = policy.timeout > Duration(0) && agent_->platform.now() - started_ > policy.timeout;
  if (late && !std::exchange(timed_out_, true)) {
    const std::string said = "it has taken longer than " + to_string(policy.timeout);
    if (policy.on_timeout == OnTimeout::cancel) throw Error(Errc::timed_out, said);
    agent_->platform.record("migration.policy",
                            {{"vm", request_.vm.text},
                             {"reason", said + (policy.on_timeout == OnTimeout::stop_guest
                                                    ? "; by policy the guest is stopped"
                                                    : "; by policy the guest goes to the destination at once")}});
    if (policy.on_timeout == OnTimeout::stop_guest) report_.forced_stop = true;
  }
  const bool switch_now =
      policy.on_timeout == OnTimeout::post_copy && policy.timeout > Duration(0) ? timed_out_ : report_.rounds > 1;
  if (post_copy && switch_now && !std::exchange(switched_, true)) co_await guest_->switch_to_post_copy();
}

Task<void> Outgoing::act(const Decision& decision) {
  report_.downtime_predicted =
      decision.kind == Decision::Kind::stop_guest ? decision.downtime_predicted : decision.downtime_at_limit;
  if (!decision.reason.empty())
    agent_->platform.record("migration.policy", {{"vm", request_.vm.text}, {"reason", decision.reason}});
  if (decision.kind == Decision::Kind::cancel) throw Error(Errc::not_converging, decision.reason);
  if (decision.kind == Decision::Kind::stop_guest) report_.forced_stop = true;
  if (decision.kind == Decision::Kind::throttle) {
    report_.throttle_percent_max = decision.throttle_percent;
    co_await guest_->throttle(decision.throttle_percent);
  }
  // Post-copy does not wait until little is left: it begins, and only then stops the guest.
  if (request_.movement == Movement::post_copy && !report_.forced_stop) co_return;
  co_await guest_->allow_switchover(report_.forced_stop ? Bytes(~std::uint64_t{0}) : decision.switchover_limit);
}

Measurement Outgoing::measure() const {
  const OutgoingStatus guest = guest_->status();
  const platform::PathSample path = session_->path();
  // Of post-copy the engine sees only what its pipes carry.
  const amst::Stats session = session_->stats();
  const SenderCounters sent = sender_ ? sender_->counters()
                                      : SenderCounters{.wire_made = session.payload_sent,
                                                       .wire_acked = session.payload_acknowledged,
                                                       .link = path.delivery_rate,
                                                       .classes = {}};
  return {.time = agent_->platform.now(),
          .rounds = guest.rounds,
          .remaining = guest.remaining,
          .dirty_rate = guest.dirty_rate,
          .throttle_percent = guest.throttle_percent,
          .guest_bytes_read = sent.guest_read,
          .wire_bytes_made = sent.wire_made,
          .wire_bytes_acked = sent.wire_acked,
          .link = sent.link,
          .rtt = path.rtt_smoothed,
          .rtt_min = path.rtt_min,
          .retransmits = path.segments_retransmitted};
}

// Looked at before the guest's stop is noticed, so that the last look is at most look_every later.
void Outgoing::watch_transfer(const Measurement& now) {
  const amst::Stats session = session_->stats();
  report_.window_peak = std::max(report_.window_peak, session.window);
  report_.rounds = std::max(report_.rounds, now.rounds);
  if (stopped_ != TimePoint{}) return;
  report_.transfer_time = now.time - transfer_began_;
  report_.bytes_acknowledged = now.wire_bytes_acked;
}

// The bulk may fill every buffer; near the switchover what waits in line is downtime. A hypervisor may switch over by
// itself as soon as nothing is left, so the line is to be short before that.
void Outgoing::size_pipeline(const Decision& decision, const Measurement& now) {
  if (!sender_)
    return pipes_->set_bulk_limit(
        std::max(pipe_line_least, bytes_in(decision.way_and_back + line_near_switchover, now.link)));
  if (now.link.value == 0) return;
  const double per_guest = now.guest_bytes_read.value == 0 ? 1.0
                                                           : static_cast<double>(now.wire_bytes_made.value) /
                                                                 static_cast<double>(now.guest_bytes_read.value);
  const double rest = static_cast<double>(now.remaining.value) * per_guest * 8 / static_cast<double>(now.link.value);
  // What may be on its way when the guest stops, for half of the downtime to be left for what it still dirties.
  const Bytes under_way =
      std::max(under_way_least, bytes_in(decision.way_and_back + request_.policy.downtime_max / 2, now.link));
  if (decision.downtime_predicted < near_switchover)
    sender_->keep_line_short(line_near_switchover, under_way);
  else if (now.rounds > 0 && rest < near_end_of_round)
    sender_->keep_line_short(line_near_end_of_round, under_way);
  else
    sender_->work_in_bulk();
}

void Outgoing::tell_progress(const Decision& decision, const Measurement& now) {
  if (!agent_->on_progress) return;
  const OutgoingStatus guest = guest_->status();
  agent_->on_progress({.vm = request_.vm,
                       .phase = phase(),
                       .round = now.rounds,
                       .sent = now.guest_bytes_read,
                       .remaining = now.remaining,
                       .wire = now.wire_bytes_acked,
                       .disk_total = guest.disk_total,
                       .disk_copied = guest.disk_copied,
                       .goodput = decision.goodput,
                       .dirty_rate = now.dirty_rate,
                       .downtime_predicted = decision.downtime_predicted,
                       .eta = decision.eta,
                       .throttle_percent = now.throttle_percent,
                       .link = now.link,
                       .rtt = now.rtt,
                       .streams = session_->stats().streams});
}

Phase Outgoing::phase() const {
  if (fetching_) return Phase::fetching;
  return stopped_ == TimePoint{} ? Phase::copying : Phase::switching_over;
}

void Outgoing::record_progress(const Decision& decision, const Measurement& now) {
  agent_->platform.record("migration.progress", {{"vm", request_.vm.text},
                                                 {"round", now.rounds},
                                                 {"guest_bytes", now.guest_bytes_read},
                                                 {"wire_bytes", now.wire_bytes_acked},
                                                 {"under_way_bytes", now.wire_bytes_made - now.wire_bytes_acked},
                                                 {"remaining_bytes", now.remaining},
                                                 {"dirty_bps", now.dirty_rate},
                                                 {"goodput_bps", decision.goodput},
                                                 {"link_bps", now.link},
                                                 {"rtt_ns", now.rtt},
                                                 {"downtime_predicted_ns", decision.downtime_predicted},
                                                 {"switchover_limit_bytes", decision.switchover_limit}});
}

void Outgoing::fill_report() {
  if (!session_) return;
  if (sender_) {
    const SenderCounters sent = sender_->counters();
    report_.bytes_guest = sent.guest_read;
    report_.classes = sent.classes;
  }
  const amst::Stats wire = session_->stats();
  report_.security = amst::security_of(session_->peer());
  report_.bytes_wire = wire.bytes_wire;
  report_.bytes_resent = wire.bytes_resent;
}

}  // namespace dwcp::migration
