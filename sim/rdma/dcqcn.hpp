// DCQCN, the rate control of RoCE v2 (Zhu et al., "Congestion Control for Large-Scale RDMA Deployments", SIGCOMM 2015,
// section 3): the sender's part (reaction point), and how often the receiver (notification point) may notify. Without
// I/O and without timers: what the periods did is computed when the rate is asked for.
#pragma once

#include <cstdint>

#include "engine/base/units.hpp"

namespace dwcp::sim::rdma {

// The paper's values (figure 14). Its rates and the byte counter are given for 40 Gbit/s links; here they follow the
// link, so that a slower one is not flooded by the first step of increase.
constexpr Duration notification_interval = std::chrono::microseconds(50);  // N: of one pair, at least
constexpr Duration alpha_period = std::chrono::microseconds(55);           // K
constexpr Duration increase_period = std::chrono::microseconds(55);        // T
constexpr double alpha_gain = 1.0 / 256;                                   // g
constexpr unsigned fast_recovery_steps = 5;                                // F
constexpr double additive_share = 1e-3;                                    // R_AI: 40 Mbit/s of 40 Gbit/s
// R_HAI: the paper names none; ten times R_AI, as in QCN (IEEE 802.1Qau: 5 and 50 Mbit/s).
constexpr double hyper_share = 1e-2;
constexpr Duration byte_counter_time = std::chrono::milliseconds(2);  // B: 10 MB at 40 Gbit/s
// The least rate; the paper names none. One additive step, so that the next one doubles it.
constexpr double rate_min_share = additive_share;

class Dcqcn {
 public:
  // Begins at the rate of the link, > 0.
  Dcqcn(BitRate line, TimePoint now);

  // The link has another rate from now on.
  void set_line(BitRate line);
  // A congestion notification packet has come.
  void on_notification(TimePoint now);
  void on_sent(Bytes size, TimePoint now);
  // The rate to send at; at most the link's.
  BitRate rate(TimePoint now);
  // The estimate of congestion, 0 to 1.
  double alpha(TimePoint now);
  bool limited() const { return current_ < line_; }

 private:
  void catch_up(TimePoint now);
  void decay_alpha(TimePoint now);
  void increase();

  double line_, current_, target_;  // bit/s
  double alpha_ = 1;
  TimePoint alpha_at_, increase_at_;
  double bytes_ = 0;  // since the byte counter's last period
  unsigned timer_steps_ = 0, byte_steps_ = 0;
};

}  // namespace dwcp::sim::rdma
