#include "sim/rdma/dcqcn.hpp"

#include <algorithm>
#include <cmath>

namespace dwcp::sim::rdma {
namespace {

// Halving the distance never ends: nearer to the link's rate than this is the link's rate.
constexpr double reached_share = 0.999;

}  // namespace

Dcqcn::Dcqcn(BitRate line, TimePoint now)
    : line_(static_cast<double>(line.value)), current_(line_), target_(line_), alpha_at_(now), increase_at_(now) {}

void Dcqcn::set_line(BitRate line) {
  const bool was_limited = limited();
  line_ = static_cast<double>(line.value);
  target_ = std::min(target_, line_);
  current_ = was_limited ? std::min(current_, line_) : line_;
}

// Equation 2 of the paper: each period without a notification.
void Dcqcn::decay_alpha(TimePoint now) {
  const auto periods = (now - alpha_at_) / alpha_period;
  if (periods <= 0) return;
  alpha_ *= std::pow(1 - alpha_gain, static_cast<double>(periods));
  alpha_at_ += periods * alpha_period;
}

double Dcqcn::alpha(TimePoint now) {
  decay_alpha(now);
  return alpha_;
}

// Equation 1: remember the rate as the target, cut it by alpha, and begin fast recovery.
void Dcqcn::on_notification(TimePoint now) {
  catch_up(now);
  decay_alpha(now);
  target_ = current_;
  current_ = std::max(current_ * (1 - alpha_ / 2), line_ * rate_min_share);
  alpha_ = (1 - alpha_gain) * alpha_ + alpha_gain;
  alpha_at_ = increase_at_ = now;
  bytes_ = 0;
  timer_steps_ = byte_steps_ = 0;
}

void Dcqcn::on_sent(Bytes size, TimePoint now) {
  if (!limited()) return;
  catch_up(now);
  bytes_ += static_cast<double>(size.value);
  const double period = line_ / 8 * to_seconds(byte_counter_time);
  while (bytes_ >= period && limited()) {
    bytes_ -= period;
    ++byte_steps_;
    increase();
  }
}

void Dcqcn::catch_up(TimePoint now) {
  while (limited() && now - increase_at_ >= increase_period) {
    increase_at_ += increase_period;
    ++timer_steps_;
    increase();
  }
}

// Equations 3 and 4, and the hyper increase.
void Dcqcn::increase() {
  if (std::min(timer_steps_, byte_steps_) > fast_recovery_steps)
    target_ += line_ * hyper_share;
  else if (std::max(timer_steps_, byte_steps_) >= fast_recovery_steps)
    target_ += line_ * additive_share;
  target_ = std::min(target_, line_);
  current_ = (target_ + current_) / 2;
  if (current_ >= line_ * reached_share) current_ = target_ = line_;
}

BitRate Dcqcn::rate(TimePoint now) {
  catch_up(now);
  return BitRate(static_cast<std::uint64_t>(std::max(current_, 1.0)));
}

}  // namespace dwcp::sim::rdma
