#include "engine/migration/convergence.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace dwcp::migration {
namespace {

constexpr Duration window_length = std::chrono::seconds(2);
constexpr std::size_t window_samples_max = 256;
constexpr unsigned throttle_first = 20, throttle_step = 10;  // QEMU's auto-converge
constexpr double least_time_for_pages = 0.03;                // seconds
constexpr double seconds_in_line_then = 0.04;                // seconds, as the sender's pipeline is then sized
constexpr double line_worth_waiting_for = 0.02;              // seconds
constexpr Duration line_looked_at_over = std::chrono::milliseconds(300);
constexpr unsigned patience_rounds = 2;  // without progress, before the guest is throttled (further)

double under_way(const Measurement& m) { return static_cast<double>((m.wire_bytes_made - m.wire_bytes_acked).value); }

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
  return {rate_of(now.wire_bytes_acked - old.wire_bytes_acked, now.time - old.time), std::max(wire_per_guest, 1e-4)};
}

const Measurement& Convergence::before(Duration age) const {
  const auto found = std::find_if(window_.rbegin(), window_.rend(),
                                  [&](const Measurement& m) { return window_.back().time - m.time >= age; });
  return found == window_.rend() ? window_.front() : *found;
}

// That one of so many bytes has to be sent again. Losses come in bursts, as where a queue overflowed once: so it is
// judged by the share of looks that saw some, and by how many there are in such a time.
double Convergence::chance_of_repeat(double bytes) const {
  unsigned looks = 0, bad_looks = 0;
  for (std::size_t i = 1; i < window_.size(); ++i) {
    if (window_[i].wire_bytes_acked > window_[i - 1].wire_bytes_acked) ++looks;
    if (window_[i].retransmits > window_[i - 1].retransmits) ++bad_looks;
  }
  if (bad_looks == 0) return 0;
  const double share = std::min(1.0, static_cast<double>(bad_looks) / std::max(1u, looks));
  const auto& first = window_.front();
  const auto& last = window_.back();
  const auto repeats = static_cast<double>(last.retransmits - std::min(last.retransmits, first.retransmits));
  const auto acked = static_cast<double>(std::max(Bytes(1), last.wire_bytes_acked - first.wire_bytes_acked).value);
  return share * (1 - std::exp(-bytes * repeats / acked / share));
}

// Whether the guest adds less than half of what leaves. Over a while, since acknowledgements come in bursts.
bool Convergence::line_empties() const {
  const Measurement& now = window_.back();
  const Measurement& old = before(line_looked_at_over);
  return (now.wire_bytes_made - old.wire_bytes_made) * 2 < now.wire_bytes_acked - old.wire_bytes_acked;
}

Decision Convergence::decide(const Measurement& now) {
  while (!window_.empty() && (now.time - window_.front().time > window_length || window_.size() >= window_samples_max))
    window_.pop_front();
  window_.push_back(now);

  Decision decision;
  const Recent r = recent(now);
  decision.goodput = r.goodput;
  decision.way_and_back = now.rtt_min > Duration(0) ? now.rtt_min : now.rtt;
  // A guest so small that it never filled the path is judged by what it got.
  const BitRate path = now.link.value > 0 ? now.link : r.goodput;
  if (path.value == 0) return decision;  // nothing is known of the path yet

  const double bytes_per_second = static_cast<double>(path.value) / 8;
  const double way_and_back = to_seconds(decision.way_and_back);
  // What is on its way does not wait; only the rest of what is unacknowledged does, at the rate at which it now gets
  // less: of several paths the slowest may be the only one that is still busy.
  double line = 0;  // seconds
  if (const double waits = under_way(now) - bytes_per_second * way_and_back; waits > 0) {
    const Measurement& old = before(line_looked_at_over);
    const BitRate lately = rate_of(now.wire_bytes_acked - old.wire_bytes_acked, now.time - old.time);
    const double pace = std::clamp(static_cast<double>(lately.value) / 8, bytes_per_second / 4, bytes_per_second);
    line = under_way(now) / pace - way_and_back;
  }
  const double remaining_on_wire = static_cast<double>(now.remaining.value) * r.wire_per_guest;
  // The way of the last page, of the destination's promise, and of the commit; the guest then runs. A round trip more
  // when some of the last pages need a second try.
  const double fixed = to_seconds(fixed_cost_) + 1.5 * way_and_back +
                       way_and_back * chance_of_repeat(under_way(now) + remaining_on_wire);
  decision.downtime_predicted = seconds(fixed + line + remaining_on_wire / bytes_per_second);

  if (fixed > to_seconds(policy_.downtime_max) && !std::exchange(told_of_latency_, true))
    decision.reason = "the downtime cannot stay within " + to_string(policy_.downtime_max) +
                      ": this path's round trips and the hypervisors alone take " + to_string(seconds(fixed));
  // Where the path's own round trips take it all no throttling helps: the guest is stopped with as little as can be.
  const double time_for_pages = std::max(to_seconds(policy_.downtime_max) - fixed, least_time_for_pages);
  // To wait for a line that empties costs the guest nothing.
  const bool wait = line > line_worth_waiting_for && line_empties();
  if (const double left = time_for_pages - line; left > 0 && !wait)
    decision.switchover_limit = Bytes(static_cast<std::uint64_t>(left * bytes_per_second / r.wire_per_guest));
  const auto allowed = std::min(now.remaining, decision.switchover_limit);
  const double allowed_on_wire = static_cast<double>(allowed.value) * r.wire_per_guest;
  // What does not fit yet moves from the guest into the line, up to what may wait there then.
  const bool fits = line + remaining_on_wire / bytes_per_second <= time_for_pages;
  const double line_then = fits ? line : std::max(line, seconds_in_line_then);
  decision.downtime_at_limit = seconds(fixed + line_then + allowed_on_wire / bytes_per_second);
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
