#include "sim/tcp/cubic_model.hpp"

#include <algorithm>
#include <cmath>

namespace dwcp::sim {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double beta = 717.0 / 1024;                        // multiplicative decrease, RFC 9438 section 4.6
constexpr double cubic_c = 0.4;                              // segments per second cubed
constexpr double reno_acks = (1 + beta) / (3 * (1 - beta));  // windows of ACKs for one segment in the friendly region
constexpr Duration update_interval = milliseconds(31);       // an unchanged window is not computed more often
constexpr double first_epoch_acks = 20;                      // before the first loss grow at least 5 % per round trip
constexpr double per_segment_min = 2;                        // at most half as fast as slow start

constexpr std::uint32_t hystart_window_min = 16;
constexpr unsigned hystart_samples = 8;
constexpr Duration hystart_delay_min = milliseconds(4), hystart_delay_max = milliseconds(16);
constexpr Duration train_gap_max = milliseconds(2);
constexpr Duration train_allowance_max = milliseconds(1);
constexpr double train_allowance_bytes = 4 * 65536;

}  // namespace

void Cubic::on_ack(const CubicAck& ack, std::uint32_t window, std::uint32_t& threshold) {
  if (ack.rtt < Duration::zero()) return;
  // Right after a recovery the queue is in an unusual state: its delays say nothing about the path.
  if (in_epoch_ && ack.now - epoch_began_ < seconds(1)) return;
  const Duration rtt = std::max(ack.rtt, Duration(microseconds(1)));
  if (min_rtt_ < Duration::zero() || rtt < min_rtt_) min_rtt_ = rtt;
  if (!full_found_ && window < threshold && window >= hystart_window_min) hystart(ack, window, threshold);
}

// Two signs of a full pipe: a train of closely spaced ACKs as long as half the round trip, or a round whose smallest
// delay is clearly above the path's.
void Cubic::hystart(const CubicAck& ack, std::uint32_t window, std::uint32_t& threshold) {
  if (!round_known_ || ack.acknowledged > round_end_) {
    round_known_ = true;
    round_began_ = train_seen_ = ack.now;
    round_end_ = ack.sent;
    round_rtt_ = Duration::max();
    round_samples_ = 0;
  }
  if (ack.now - train_seen_ <= train_gap_max) {
    train_seen_ = ack.now;
    Duration allowance = train_allowance_max;
    if (ack.pacing_estimate.value > 0)
      allowance =
          std::min(allowance, from_seconds(train_allowance_bytes * 8 / static_cast<double>(ack.pacing_estimate.value)));
    // Without pacing a window leaves in a burst, so half of the path's delay is the forward part.
    if (ack.now - round_began_ > (min_rtt_ + allowance) / 2) full_found_ = true;
  }
  round_rtt_ = std::min(round_rtt_, ack.rtt);
  if (round_samples_ < hystart_samples)
    ++round_samples_;
  else if (round_rtt_ > min_rtt_ + std::clamp(min_rtt_ / 8, hystart_delay_min, hystart_delay_max))
    full_found_ = true;
  if (full_found_) threshold = window;
}

std::uint32_t Cubic::grow(TimePoint now, std::uint32_t window, std::uint32_t threshold, std::uint32_t delivered) {
  if (window < threshold) {
    const std::uint32_t step = std::min(delivered, threshold - window);
    window += step;
    delivered -= step;
    if (delivered == 0) return window;
  }
  update_growth(now, window, delivered);
  if (credit_ >= per_segment_) {  // earned at a slower pace than now holds
    credit_ = 0;
    ++window;
  }
  credit_ += delivered;
  if (credit_ >= per_segment_) {
    const double steps = std::floor(credit_ / per_segment_);
    credit_ -= steps * per_segment_;
    window += static_cast<std::uint32_t>(steps);
  }
  return window;
}

void Cubic::update_growth(TimePoint now, std::uint32_t window, std::uint32_t delivered) {
  reno_credit_ += delivered;
  if (updated_window_ == window && in_epoch_ && now - updated_at_ <= update_interval) return;
  updated_window_ = window;
  updated_at_ = now;
  const double w = window;
  if (!in_epoch_) {
    in_epoch_ = true;
    epoch_began_ = now;
    reno_credit_ = delivered;
    reno_window_ = w;
    origin_ = std::max(last_max_, w);
    plateau_s_ = std::cbrt((origin_ - w) / cubic_c);
  }
  const double t = to_seconds(now - epoch_began_ + std::max(min_rtt_, Duration::zero()));
  const double target = origin_ + cubic_c * std::pow(t - plateau_s_, 3);
  per_segment_ = target > w ? w / (target - w) : 100 * w;
  if (last_max_ == 0) per_segment_ = std::min(per_segment_, first_epoch_acks);

  const double per_reno_segment = w * reno_acks;
  if (reno_credit_ > per_reno_segment) {
    const double steps = std::floor(reno_credit_ / per_reno_segment);
    reno_credit_ -= steps * per_reno_segment;
    reno_window_ += steps;
  }
  if (reno_window_ > w) per_segment_ = std::min(per_segment_, w / (reno_window_ - w));
  per_segment_ = std::max(per_segment_, per_segment_min);
}

std::uint32_t Cubic::reduce(std::uint32_t window) {
  in_epoch_ = false;
  const double w = window;
  last_max_ = w < last_max_ ? w * (1 + beta) / 2 : w;  // fast convergence: leave room for newcomers
  return std::max(static_cast<std::uint32_t>(w * beta), 2u);
}

void Cubic::on_timeout() { *this = Cubic(); }

void Cubic::on_idle(Duration idle) {
  if (in_epoch_) epoch_began_ += idle;
}

}  // namespace dwcp::sim
