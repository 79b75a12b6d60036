#include "sim/tcp/bbr_model.hpp"

#include <algorithm>
#include <cmath>

namespace dwcp::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double startup_gain = 2.885;  // 2/ln 2: doubles the rate each round
constexpr double drain_gain = 1 / startup_gain;
constexpr double probe_window_gain = 2;  // two BDP: keeps sending through delayed and aggregated ACKs
constexpr std::array<double, 8> cycle_gains{1.25, 0.75, 1, 1, 1, 1, 1, 1};
constexpr double pacing_margin = 0.99;          // a little below the bandwidth, so that queues drain
constexpr std::uint64_t bandwidth_rounds = 10;  // length of the maximum filter
constexpr Duration min_rtt_lifetime = seconds(10);
constexpr Duration probe_rtt_time = milliseconds(200);
constexpr double full_pipe_growth = 1.25;
constexpr int full_pipe_rounds = 3;
constexpr std::uint64_t window_min_segments = 4;
constexpr int extra_acked_rounds = 5;
constexpr Duration extra_acked_time_max = milliseconds(100);
constexpr Duration rtt_assumed = milliseconds(1);  // for the first pacing rate when the handshake gave none
constexpr double quantum_time = 0.001;             // seconds of the pacing rate that may leave back to back
constexpr double quantum_max = 65536;
constexpr double quantum_budget = 3;  // quanta in host, network and receiver that the window must cover besides the BDP

double value(Bytes b) { return static_cast<double>(b.value); }
Bytes bytes(double b) { return Bytes(static_cast<std::uint64_t>(std::max(b, 0.0))); }

}  // namespace

Bbr::Bbr(Bytes segment, Bytes initial_window, Duration rtt, std::uint64_t seed)
    : segment_(segment), initial_window_(initial_window), random_(seed), window_(initial_window) {
  const double first_rtt = to_seconds(rtt > Duration::zero() ? rtt : rtt_assumed);
  pacing_rate_ = BitRate(static_cast<std::uint64_t>(startup_gain * value(initial_window) / first_rtt * 8));
}

double Bbr::pacing_gain() const {
  switch (phase_) {
    case BbrPhase::startup:
      return startup_gain;
    case BbrPhase::drain:
      return drain_gain;
    case BbrPhase::probe_bandwidth:
      return cycle_gains[cycle_];
    case BbrPhase::probe_rtt:
      break;
  }
  return 1;
}

double Bbr::window_gain() const {
  switch (phase_) {
    case BbrPhase::startup:
    case BbrPhase::drain:
      return startup_gain;
    case BbrPhase::probe_bandwidth:
      return probe_window_gain;
    case BbrPhase::probe_rtt:
      break;
  }
  return 1;
}

Bytes Bbr::send_quantum() const {
  const double wanted = static_cast<double>(pacing_rate_.value) / 8 * quantum_time;
  return bytes(std::max(std::min(wanted, quantum_max), 2 * value(segment_)));
}

double Bbr::with_quantum_budget(double target) const {
  target += quantum_budget * value(send_quantum());
  // Probing for bandwidth must put more into a small pipe than rounding takes away.
  if (phase_ == BbrPhase::probe_bandwidth && cycle_ == 0) target += 2 * value(segment_);
  return target;
}

double Bbr::inflight_at(double gain) const {
  if (min_rtt_ < Duration::zero()) return value(initial_window_);
  return gain * max_bandwidth() * to_seconds(min_rtt_);
}

void Bbr::on_ack(const BbrAck& ack) {
  update_round(ack);
  update_bandwidth(ack);
  update_aggregation(ack);
  update_cycle(ack);
  check_full_pipe(ack);
  check_drain(ack);
  update_min_rtt(ack);
  set_pacing_rate(pacing_gain());
  set_window(ack);
}

// A round ends when data is acknowledged that was sent after the previous round's end.
void Bbr::update_round(const BbrAck& ack) {
  round_start_ = false;
  if (ack.interval <= Duration::zero()) return;
  if (ack.delivered - ack.sample_delivered >= round_ends_at_) {
    round_ends_at_ = ack.delivered;
    ++round_;
    round_start_ = true;
    conserving_ = false;
  }
}

void Bbr::update_bandwidth(const BbrAck& ack) {
  if (ack.interval <= Duration::zero()) return;
  const double rate = value(ack.sample_delivered) / to_seconds(ack.interval);
  const bool limited = ack.app_limited || ack.delivered - ack.sample_delivered < limited_until_;
  // A sample that says nothing about the network neither enters the filter nor ages it.
  if (limited && rate < max_bandwidth()) return;
  while (!bandwidths_.empty() && round_ - bandwidths_.front().round > bandwidth_rounds) bandwidths_.pop_front();
  while (!bandwidths_.empty() && bandwidths_.back().rate <= rate) bandwidths_.pop_back();
  // One sample a round is enough: a smaller one of the same round can never become the maximum.
  if (bandwidths_.empty() || bandwidths_.back().round != round_) bandwidths_.push_back({round_, rate});
}

// Receivers and links hand over ACKs in clumps. How much more arrived than the bandwidth explains is allowed on top of
// the window, else sending pauses between clumps.
void Bbr::update_aggregation(const BbrAck& ack) {
  if (ack.newly_delivered == Bytes(0) || ack.interval <= Duration::zero()) return;
  if (round_start_ && ++extra_rounds_ >= extra_acked_rounds) {
    extra_rounds_ = 0;
    extra_slot_ ^= 1;
    extra_acked_[extra_slot_] = 0;
  }
  double expected = max_bandwidth() * to_seconds(ack.now - epoch_began_);
  if (epoch_acked_ <= expected) {
    epoch_acked_ = 0;
    epoch_began_ = ack.now;
    expected = 0;
  }
  epoch_acked_ += value(ack.newly_delivered);
  const double extra = std::min(epoch_acked_ - expected, value(window_));
  extra_acked_[extra_slot_] = std::max(extra_acked_[extra_slot_], extra);
}

void Bbr::update_cycle(const BbrAck& ack) {
  if (phase_ != BbrPhase::probe_bandwidth) return;
  const double gain = cycle_gains[cycle_];
  const bool full_length = ack.now - cycle_began_ > min_rtt_;
  bool next = full_length;
  if (gain > 1)  // until the pipe really holds more, or loses
    next = full_length &&
           (ack.newly_lost > Bytes(0) || value(ack.prior_in_flight) >= with_quantum_budget(inflight_at(gain)));
  else if (gain < 1)  // until the queue is gone
    next = full_length || value(ack.prior_in_flight) <= with_quantum_budget(inflight_at(1));
  if (!next) return;
  cycle_ = (cycle_ + 1) % cycle_gains.size();
  cycle_began_ = ack.now;
}

void Bbr::check_full_pipe(const BbrAck& ack) {
  if (pipe_filled_ || !round_start_ || ack.app_limited) return;
  if (max_bandwidth() >= full_bandwidth_ * full_pipe_growth) {
    full_bandwidth_ = max_bandwidth();
    rounds_without_growth_ = 0;
    return;
  }
  pipe_filled_ = ++rounds_without_growth_ >= full_pipe_rounds;
}

void Bbr::check_drain(const BbrAck& ack) {
  if (phase_ == BbrPhase::startup && pipe_filled_) phase_ = BbrPhase::drain;
  if (phase_ == BbrPhase::drain && value(ack.in_flight) <= with_quantum_budget(inflight_at(1)))
    enter_probe_bandwidth(ack.now);
}

// Any phase but the draining one, so that flows which began together do not probe together.
void Bbr::enter_probe_bandwidth(TimePoint now) {
  phase_ = BbrPhase::probe_bandwidth;
  cycle_ = (cycle_gains.size() - random_.below(cycle_gains.size() - 1)) % cycle_gains.size();
  cycle_began_ = now;
}

void Bbr::update_min_rtt(const BbrAck& ack) {
  const bool expired = min_rtt_known_ && ack.now > min_rtt_at_ + min_rtt_lifetime;
  if (ack.rtt >= Duration::zero() && (!min_rtt_known_ || ack.rtt < min_rtt_ || expired)) {
    min_rtt_ = ack.rtt;
    min_rtt_at_ = ack.now;
    min_rtt_known_ = true;
  }
  if (expired && !from_idle_ && phase_ != BbrPhase::probe_rtt) {
    phase_ = BbrPhase::probe_rtt;
    save_window();
    probe_rtt_timed_ = false;
  }
  if (phase_ == BbrPhase::probe_rtt) run_probe_rtt(ack);
  if (ack.newly_delivered > Bytes(0)) from_idle_ = false;
}

void Bbr::run_probe_rtt(const BbrAck& ack) {
  limited_until_ = ack.delivered + ack.in_flight;
  if (!probe_rtt_timed_) {
    if (ack.in_flight > segment_ * window_min_segments) return;
    probe_rtt_timed_ = true;
    probe_rtt_until_ = ack.now + probe_rtt_time;
    probe_rtt_round_done_ = false;
    round_ends_at_ = ack.delivered;
    return;
  }
  if (round_start_) probe_rtt_round_done_ = true;
  if (probe_rtt_round_done_ && ack.now > probe_rtt_until_) leave_probe_rtt(ack.now);
}

void Bbr::leave_probe_rtt(TimePoint now) {
  min_rtt_at_ = now;
  window_ = std::max(window_, saved_window_);
  if (pipe_filled_)
    enter_probe_bandwidth(now);
  else
    phase_ = BbrPhase::startup;
}

void Bbr::set_pacing_rate(double gain) {
  if (bandwidths_.empty()) return;
  const BitRate rate(static_cast<std::uint64_t>(std::max(gain * pacing_margin * max_bandwidth() * 8, 1.0)));
  // While the pipe is not known to be full a low first sample must not slow the start.
  if (pipe_filled_ || rate > pacing_rate_) pacing_rate_ = rate;
}

void Bbr::set_window(const BbrAck& ack) {
  if (ack.newly_delivered > Bytes(0) && !recovering(ack)) {
    double target = inflight_at(window_gain());
    if (pipe_filled_)
      target +=
          std::min(std::max(extra_acked_[0], extra_acked_[1]), max_bandwidth() * to_seconds(extra_acked_time_max));
    target = with_quantum_budget(target);
    const double grown = value(window_ + ack.newly_delivered);
    if (pipe_filled_)
      window_ = bytes(std::min(grown, target));
    else if (value(window_) < target || ack.delivered < initial_window_)
      window_ = bytes(grown);
    window_ = std::max(window_, segment_ * window_min_segments);
  }
  if (phase_ == BbrPhase::probe_rtt) window_ = std::min(window_, segment_ * window_min_segments);
}

// In the first round of a recovery one segment leaves for one that arrived. True when it has set the window.
bool Bbr::recovering(const BbrAck& ack) {
  Bytes w = window_;
  if (ack.newly_lost > Bytes(0)) w = w > ack.newly_lost + segment_ ? w - ack.newly_lost : segment_;
  const LossState prior = prior_loss_;
  prior_loss_ = loss_;
  if (loss_ == LossState::recovery && prior != LossState::recovery) {
    conserving_ = true;
    round_ends_at_ = ack.delivered;
    w = ack.in_flight + ack.newly_delivered;
  } else if (loss_ == LossState::open && prior != LossState::open) {
    conserving_ = false;
    w = std::max(w, saved_window_);
  }
  window_ = w;
  if (conserving_) window_ = std::max(w, ack.in_flight + ack.newly_delivered);
  return conserving_;
}

void Bbr::save_window() {
  if (prior_loss_ == LossState::open && phase_ != BbrPhase::probe_rtt)
    saved_window_ = window_;
  else
    saved_window_ = std::max(saved_window_, window_);
}

void Bbr::on_loss_state(LossState state, Bytes in_flight) {
  if (state != LossState::open && loss_ == LossState::open) save_window();
  if (state == LossState::timeout) {
    prior_loss_ = state;
    window_ = in_flight + segment_;
    full_bandwidth_ = 0;  // the path may have changed: look again whether the pipe is full
    conserving_ = false;
  }
  loss_ = state;
}

void Bbr::on_transmit_from_idle(TimePoint now, bool app_limited) {
  if (!app_limited) return;
  from_idle_ = true;
  epoch_began_ = now;
  epoch_acked_ = 0;
  if (phase_ == BbrPhase::probe_bandwidth) set_pacing_rate(1);
  if (phase_ == BbrPhase::probe_rtt && probe_rtt_timed_ && now > probe_rtt_until_) leave_probe_rtt(now);
}

}  // namespace dwcp::sim
