#include "sim/flow/congestion.hpp"

#include <algorithm>

namespace dwcp::sim::flow {
namespace {

using platform::CongestionControl;

constexpr std::uint32_t segments_most = 1u << 30;

}  // namespace

Congestion::Congestion(CongestionControl control, Bytes segment, Duration rtt, std::uint64_t seed)
    : control_(control), segment_(segment), window_(segment * initial_segments) {
  if (control == CongestionControl::bbr) bbr_.emplace(segment, window_, rtt, seed);
}

std::uint32_t Congestion::segments(Bytes size) const {
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(size.value / segment_.value, 1, segments_most));
}

std::optional<BitRate> Congestion::pacing() const { return bbr_ ? std::optional(bbr_->pacing_rate()) : std::nullopt; }

void Congestion::on_ack(const TrainAck& ack) {
  if (bbr_)
    bbr_ack(ack);
  else
    cubic_ack(ack);
}

void Congestion::cubic_ack(const TrainAck& ack) {
  if (episode_ == LossState::recovery) {
    const bool progress = ack.newly_delivered > Bytes(0) && ack.newly_lost == Bytes(0);
    window_ = reduction_.window(ack.in_flight, ack.newly_delivered, progress, segment_);
    return;
  }
  if (ack.segments == 0) return;
  if (in_slow_start()) return slow_start(ack);
  std::uint32_t threshold = threshold_;
  CubicAck one{ack.now, ack.rtt, ack.delivered.value, ack.sent.value, BitRate(0)};
  const std::uint32_t window = segments(window_);
  cubic_.on_ack(one, window, threshold);
  threshold_ = threshold;
  if (!ack.window_limited) return;
  window_ = segment_ * cubic_.grow(ack.now, window, threshold_, static_cast<std::uint32_t>(ack.segments));
}

// Two segments at a time, as receivers acknowledge them: HyStart listens to how closely acknowledgements follow each
// other.
void Congestion::slow_start(const TrainAck& ack) {
  const std::uint64_t n = (ack.segments + 1) / 2;
  const std::uint64_t before = ack.delivered.value - ack.newly_delivered.value;
  for (std::uint64_t i = 1; i <= n; ++i) {
    const auto late = static_cast<std::int64_t>(i - 1), of = static_cast<std::int64_t>(n);
    const auto segments_here = static_cast<std::uint32_t>(2 * i <= ack.segments ? 2 : 1);
    CubicAck one;
    one.now = ack.now + ack.spread * late / of;
    one.rtt = ack.rtt;
    one.acknowledged = before + ack.newly_delivered.value * i / n;
    // As the sender sees it before it has taken account of this acknowledgement.
    const std::uint64_t told = ack.newly_delivered.value * (i - 1) / n;
    one.sent = one.acknowledged + (ack.prior_in_flight.value > told ? ack.prior_in_flight.value - told : 0);
    if (ack.rtt > Duration::zero()) one.pacing_estimate = rate_of(window_ * 2, ack.rtt_smoothed);
    std::uint32_t window = segments(window_), threshold = threshold_;
    cubic_.on_ack(one, window, threshold);
    threshold_ = threshold;
    if (ack.window_limited) window_ = segment_ * cubic_.grow(one.now, window, threshold_, segments_here);
  }
}

// Two segments at a time, as receivers acknowledge them: BBR would take whole trains for acknowledgements that a link
// has gathered, and keep more in flight for it.
void Congestion::bbr_ack(const TrainAck& ack) {
  const std::uint64_t n = std::max<std::uint64_t>((ack.segments + 1) / 2, 1);
  const std::uint64_t before = ack.delivered.value - ack.newly_delivered.value;
  for (std::uint64_t i = 1, told = 0; i <= n; ++i) {
    const std::uint64_t by_now = ack.newly_delivered.value * i / n;
    BbrAck one;
    one.now = ack.now + ack.spread * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(n);
    one.delivered = Bytes(before + by_now);
    one.newly_delivered = Bytes(by_now - told);
    one.newly_lost = i == 1 ? ack.newly_lost : Bytes(0);
    one.in_flight = ack.in_flight;
    one.prior_in_flight = ack.prior_in_flight;
    one.rtt = ack.rtt;
    one.app_limited = ack.app_limited;
    if (i == n) {
      one.sample_delivered = ack.sample_delivered;
      one.interval = ack.interval;
    }
    bbr_->on_ack(one);
    told = by_now;
  }
  window_ = bbr_->window();
}

void Congestion::enter_recovery(Bytes in_flight) {
  episode_ = LossState::recovery;
  if (bbr_) {
    bbr_->on_loss_state(episode_, in_flight);
    window_ = bbr_->window();
    return;
  }
  threshold_ = cubic_.reduce(segments(window_));
  reduction_.start(window_, segment_ * threshold_);
}

void Congestion::end_episode(Bytes in_flight) {
  const LossState was = std::exchange(episode_, LossState::open);
  if (bbr_) {
    bbr_->on_loss_state(episode_, in_flight);
    window_ = bbr_->window();
  } else if (was == LossState::recovery) {
    window_ = segment_ * threshold_;
  }
}

void Congestion::on_timeout(Bytes in_flight, bool first) {
  episode_ = LossState::timeout;
  if (bbr_) {
    bbr_->on_loss_state(episode_, in_flight);
  } else {
    if (first) threshold_ = cubic_.reduce(segments(window_));
    cubic_.on_timeout();
  }
  window_ = in_flight + segment_;
}

// A window that was not used for longer than a timeout no longer says what the path can take (RFC 5681 section 4.1).
void Congestion::on_transmit_from_idle(TimePoint now, Duration idle, Duration timeout, bool nothing_lost) {
  if (bbr_) {
    bbr_->on_transmit_from_idle(now, nothing_lost);
    window_ = bbr_->window();
    return;
  }
  if (idle > timeout) {
    const Bytes least = std::min(window_, segment_ * initial_segments);
    threshold_ = std::max(threshold_, segments(window_) / 4 * 3);
    for (Duration left = idle; left > timeout && window_ > least; left -= timeout) window_ = window_ / 2;
    window_ = std::max(window_, least);
  }
  cubic_.on_idle(idle);
}

void Congestion::change(CongestionControl control, Duration rtt, std::uint64_t seed, Bytes in_flight) {
  if (control == control_) return;
  control_ = control;
  bbr_.reset();
  cubic_ = Cubic();
  if (control == CongestionControl::bbr) {
    bbr_.emplace(segment_, window_, rtt, seed);
    threshold_ = Cubic::threshold_unset;
    bbr_->on_loss_state(episode_, in_flight);
  } else if (in_episode()) {
    threshold_ = cubic_.reduce(segments(window_));
    reduction_.start(window_, segment_ * threshold_);
  }
}

}  // namespace dwcp::sim::flow
