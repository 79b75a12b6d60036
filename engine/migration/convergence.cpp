#include "engine/migration/convergence.hpp"

#include <algorithm>
#include <utility>

namespace dwcp::migration {
namespace {

constexpr Duration window_length = std::chrono::seconds(2);
constexpr std::size_t window_samples_max = 256;
constexpr unsigned throttle_first = 20, throttle_step = 10;  // QEMU's auto-converge
constexpr double least_time_for_pages = 0.03;                // seconds
constexpr unsigned patience_rounds = 2;  // without progress, before the guest is throttled (further)

Duration seconds(double s) { return from_seconds(std::min(s, 1e9)); }

}  // namespace

Convergence::Convergence(Policy policy, Duration fixed_cost) : policy_(policy), fixed_cost_(fixed_cost) {}

Convergence::Recent Convergence::recent(const Measurement& now) const {
  const Measurement& old = window_.front();
  const auto ratio = [](Bytes wire, Bytes guest) {
    return guest.value == 0 ? 1.0 : static_cast<double>(wire.value) / static_cast<double>(guest.value);
  };
  const Bytes guest = now.guest_bytes_read - old.guest_bytes_read;
  // Too few bytes in the window say nothing of the ratio: take the whole migration's.
  const double wire_per_guest = guest < MiB(1) ? ratio(now.wire_bytes_made, now.guest_bytes_read)
                                               : ratio(now.wire_bytes_made - old.wire_bytes_made, guest);
  return {rate_of(now.wire_bytes_acked - old.wire_bytes_acked, now.time - old.time), std::max(wire_per_guest, 1e-4),
          now.retransmits > old.retransmits};
}

Decision Convergence::decide(const Measurement& now) {
  while (!window_.empty() && (now.time - window_.front().time > window_length || window_.size() >= window_samples_max))
    window_.pop_front();
  window_.push_back(now);

  Decision decision;
  const Recent r = recent(now);
  decision.goodput = r.goodput;
  decision.way_and_back = now.rtt;
  // A guest so small that it never filled the path is judged by what it got.
  const BitRate path = now.link.value > 0 ? now.link : r.goodput;
  if (path.value == 0) return decision;  // nothing is known of the path yet

  const double bytes_per_second = static_cast<double>(path.value) / 8;
  // What is on its way does not wait; only the rest of what is unacknowledged does.
  const double in_flight = static_cast<double>((now.wire_bytes_made - now.wire_bytes_acked).value);
  const double queued = std::max(0.0, in_flight - bytes_per_second * to_seconds(decision.way_and_back));
  // The way of the last page, of the destination's promise, and of the commit; the guest then runs.
  // Under loss some of the last pages need a second try, and some of those a third.
  const double fixed = to_seconds(fixed_cost_ + (r.lossy ? 3 : 1) * now.rtt + now.rtt / 2);
  const double remaining_on_wire = static_cast<double>(now.remaining.value) * r.wire_per_guest;
  decision.downtime_predicted = seconds(fixed + (queued + remaining_on_wire) / bytes_per_second);

  double time_for_pages = to_seconds(policy_.downtime_max) - fixed;
  if (time_for_pages < least_time_for_pages) {
    // The path's own round trips take it all: no throttling helps, so the guest is stopped with as little as can be.
    time_for_pages = least_time_for_pages;
    if (!std::exchange(told_of_latency_, true))
      decision.reason = "the downtime cannot stay within " + to_string(policy_.downtime_max) +
                        ": the round trips of this path alone take " + to_string(seconds(fixed));
  }
  if (const double left = time_for_pages - queued / bytes_per_second; left > 0)
    decision.switchover_limit = Bytes(static_cast<std::uint64_t>(left * bytes_per_second / r.wire_per_guest));
  const auto allowed = std::min(now.remaining, decision.switchover_limit);
  const double allowed_on_wire = static_cast<double>(allowed.value) * r.wire_per_guest;
  decision.downtime_at_limit = seconds(fixed + (queued + allowed_on_wire) / bytes_per_second);
  const double net = bytes_per_second / r.wire_per_guest - static_cast<double>(now.dirty_rate.value) / 8;
  if (net > 0) decision.eta = seconds(static_cast<double>(now.remaining.value) / net);
  // When what is left would fit, only the line has to empty: then the rounds say nothing of convergence.
  if (!gave_up_ && remaining_on_wire / bytes_per_second <= time_for_pages) return decision;
  return when_dirtying_wins(now, std::move(decision));
}

Decision Convergence::when_dirtying_wins(const Measurement& now, Decision decision) {
  if (gave_up_) {
    decision.switchover_limit = Bytes(~std::uint64_t{0});
    return decision;
  }
  if (now.rounds < 2 || now.rounds == round_judged_) return decision;
  // A round is judged once, at its start: it made progress when it left at least a tenth less dirty than the one
  // before.
  const bool progress = remaining_at_last_round_.value == 0 ||
                        now.remaining.value < remaining_at_last_round_.value - remaining_at_last_round_.value / 10;
  rounds_without_progress_ = progress ? 0 : rounds_without_progress_ + 1;
  round_judged_ = now.rounds;
  remaining_at_last_round_ = now.remaining;
  if (now.remaining <= decision.switchover_limit) return decision;

  const bool throttle_left = now.throttle_percent < policy_.throttle_max;
  if (rounds_without_progress_ >= patience_rounds && throttle_left) {
    rounds_without_progress_ = 0;
    const unsigned next = now.throttle_percent == 0 ? throttle_first : now.throttle_percent + throttle_step;
    decision.kind = Decision::Kind::throttle;
    decision.throttle_percent = std::min(next, policy_.throttle_max);
    decision.reason = "round " + std::to_string(now.rounds) + " left " + to_string(now.remaining) +
                      " dirty, no less than the round before; the guest keeps " +
                      std::to_string(100 - decision.throttle_percent) + " % of its vCPU time";
  } else if (now.rounds >= policy_.rounds_max || (rounds_without_progress_ >= patience_rounds && !throttle_left)) {
    const bool stop = policy_.when_not_converging == WhenNotConverging::stop_guest;
    gave_up_ = stop;
    decision.kind = stop ? Decision::Kind::stop_guest : Decision::Kind::cancel;
    decision.reason = "after " + std::to_string(now.rounds) + " rounds the guest still dirties " +
                      to_string(now.dirty_rate) + " and " + to_string(now.remaining) + " are left; by policy it is " +
                      (stop ? "stopped, with a predicted downtime of " + to_string(decision.downtime_predicted)
                            : std::string("left at the source"));
    if (stop) decision.switchover_limit = Bytes(~std::uint64_t{0});
  }
  return decision;
}

}  // namespace dwcp::migration
