// BBR version 1 as a state machine without I/O: acknowledgements in, congestion window and pacing rate out.
// After draft-cardwell-iccrg-bbr-congestion-control-00 with the refinements that Linux carries: packet conservation in
// the first round of recovery, the window saved over a loss episode, and room for aggregated acknowledgements. Left
// out: the long-term sampling for token-bucket policers, which no link of the simulation has.
#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include "engine/base/random.hpp"
#include "engine/base/units.hpp"

namespace dwcp::sim {

// What one acknowledgement told. `delivered` and `in_flight` are as they stand after it was processed.
struct BbrAck {
  TimePoint now;
  Bytes delivered;        // by the connection since its start, cumulative and selective
  Bytes newly_delivered;  // by this acknowledgement
  Bytes newly_lost;       // found lost by this acknowledgement
  Bytes in_flight;
  Bytes prior_in_flight;  // before this acknowledgement
  Duration rtt{-1};       // < 0: it brought no sample
  // The delivery-rate sample; not valid when `interval` <= 0.
  Bytes sample_delivered;    // over `interval`
  Duration interval{0};      // the longer of its sending and its acknowledging phase
  bool app_limited = false;  // the application, not the network, limited it
};

enum class BbrPhase { startup, drain, probe_bandwidth, probe_rtt };
enum class LossState { open, recovery, timeout };

class Bbr {
 public:
  // `segment` > 0; `rtt` of the handshake, 0 when unknown; `seed` draws the first phase of bandwidth probing.
  Bbr(Bytes segment, Bytes initial_window, Duration rtt, std::uint64_t seed);

  void on_ack(const BbrAck&);
  // The stack changed its loss state; `in_flight` is what it still believes to be in the network.
  void on_loss_state(LossState, Bytes in_flight);
  // The first segment is about to be sent after nothing was in flight.
  void on_transmit_from_idle(TimePoint now, bool app_limited);

  Bytes window() const { return window_; }  // never below four segments but right after a timeout, then one
  BitRate pacing_rate() const { return pacing_rate_; }
  // What may leave back to back: about 1 ms of the pacing rate, two segments to 64 KiB.
  Bytes send_quantum() const;
  BbrPhase phase() const { return phase_; }
  BitRate bandwidth() const { return BitRate(static_cast<std::uint64_t>(max_bandwidth() * 8)); }
  Duration min_rtt() const { return min_rtt_; }  // < 0: not known
  std::uint64_t round() const { return round_; }

 private:
  // Rates are bytes per second here: every use multiplies by a time.
  double max_bandwidth() const { return bandwidths_.empty() ? 0 : bandwidths_.front().rate; }
  double inflight_at(double gain) const;  // bytes
  double with_quantum_budget(double bytes) const;
  double pacing_gain() const;
  double window_gain() const;

  void update_round(const BbrAck&);
  void update_bandwidth(const BbrAck&);
  void update_aggregation(const BbrAck&);
  void update_cycle(const BbrAck&);
  void check_full_pipe(const BbrAck&);
  void check_drain(const BbrAck&);
  void update_min_rtt(const BbrAck&);
  void run_probe_rtt(const BbrAck&);
  void leave_probe_rtt(TimePoint now);
  void enter_probe_bandwidth(TimePoint now);
  void set_pacing_rate(double gain);
  void set_window(const BbrAck&);
  bool recovering(const BbrAck&);
  void save_window();

  Bytes segment_, initial_window_;
  Random random_;
  BbrPhase phase_ = BbrPhase::startup;
  Bytes window_, saved_window_;
  BitRate pacing_rate_;

  struct Sample {
    std::uint64_t round;
    double rate;
  };
  std::deque<Sample> bandwidths_;  // falling rates, the maximum first; at most one a round of the filter's length
  std::uint64_t round_ = 0;
  Bytes round_ends_at_;  // `delivered` that ends the present round
  bool round_start_ = false;

  Duration min_rtt_{-1};
  TimePoint min_rtt_at_;
  bool min_rtt_known_ = false;
  TimePoint probe_rtt_until_;
  bool probe_rtt_timed_ = false, probe_rtt_round_done_ = false;
  Bytes limited_until_;  // samples that began before this much was delivered come from PROBE_RTT's small window

  bool pipe_filled_ = false;
  double full_bandwidth_ = 0;
  int rounds_without_growth_ = 0;

  std::size_t cycle_ = 0;
  TimePoint cycle_began_;
  bool from_idle_ = false;

  LossState loss_ = LossState::open, prior_loss_ = LossState::open;
  bool conserving_ = false;

  std::array<double, 2> extra_acked_{};  // maxima of the present and the previous window of rounds
  std::size_t extra_slot_ = 0;
  int extra_rounds_ = 0;
  TimePoint epoch_began_;
  double epoch_acked_ = 0;
};

}  // namespace dwcp::sim
