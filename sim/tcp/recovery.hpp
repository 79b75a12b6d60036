// The two small pieces of a TCP sender that are neither congestion control nor scoreboard: proportional rate reduction
// (RFC 6937, as Linux does it) and the retransmission timer's estimate (RFC 6298). Without I/O.
#pragma once

#include <algorithm>

#include "engine/base/units.hpp"

namespace dwcp::sim {

// Brings the window from what it was at the loss down to the threshold, in proportion to what is delivered.
class RateReduction {
 public:
  void start(Bytes window, Bytes threshold) {
    prior_window_ = std::max(window, Bytes(1));
    threshold_ = threshold;
    delivered_ = sent_ = Bytes(0);
  }
  void on_sent(Bytes size) { sent_ += size; }

  // The window after an acknowledgement of `newly_delivered`. `progress`: it moved the left edge and told of no new
  // loss.
  Bytes window(Bytes in_flight, Bytes newly_delivered, bool progress, Bytes segment) {
    delivered_ += newly_delivered;
    std::uint64_t allowed;
    if (in_flight > threshold_) {
      const std::uint64_t share = (threshold_.value * delivered_.value + prior_window_.value - 1) / prior_window_.value;
      allowed = share > sent_.value ? share - sent_.value : 0;
    } else {
      const std::uint64_t owed = delivered_ > sent_ ? (delivered_ - sent_).value : 0;
      allowed = std::max(owed, newly_delivered.value) + (progress ? segment.value : 0);
      allowed = std::min(allowed, (threshold_ - in_flight).value);
    }
    // The first retransmission leaves in any case.
    if (sent_ == Bytes(0)) allowed = std::max(allowed, segment.value);
    return in_flight + Bytes(allowed);
  }

 private:
  Bytes prior_window_{1}, threshold_, delivered_, sent_;
};

class RetransmissionTime {
 public:
  static constexpr Duration initial = std::chrono::seconds(1), maximum = std::chrono::seconds(120);

  void sample(Duration rtt) {
    if (smoothed_ == Duration::zero()) {
      smoothed_ = rtt;
      deviation_ = rtt / 2;
      return;
    }
    const Duration error = rtt > smoothed_ ? rtt - smoothed_ : smoothed_ - rtt;
    deviation_ += (error - deviation_) / 4;
    smoothed_ += (rtt - smoothed_) / 8;
  }
  Duration smoothed() const { return smoothed_; }  // 0: no sample yet
  // Linux adds the minimum to the round trip instead of bounding the sum, and so do we.
  Duration timeout(Duration minimum, unsigned backoff) const {
    Duration t = smoothed_ == Duration::zero() ? initial : smoothed_ + std::max(deviation_ * 4, minimum);
    for (; backoff > 0 && t < maximum; --backoff) t *= 2;
    return std::min(t, maximum);
  }

 private:
  Duration smoothed_{0}, deviation_{0};
};

}  // namespace dwcp::sim
