// The congestion window of a flow: CUBIC (RFC 9438) and BBR, the very models that the packets' TCP has
// (sim/tcp/cubic_model.hpp, bbr_model.hpp), driven by trains of segments instead of single ones. Without I/O.
#pragma once

#include <optional>

#include "engine/platform/stream.hpp"
#include "sim/tcp/bbr_model.hpp"
#include "sim/tcp/cubic_model.hpp"
#include "sim/tcp/recovery.hpp"

namespace dwcp::sim::flow {

// What the acknowledgement of a train tells, or of what else came with it. Totals are as they stand after it.
struct TrainAck {
  TimePoint now;
  Duration spread{0};          // from the acknowledgement of the train's first segment to that of its last
  std::uint64_t segments = 0;  // newly delivered
  Bytes newly_delivered, newly_lost;
  Bytes in_flight, prior_in_flight;
  Bytes delivered;         // by the connection
  Bytes sent;              // by the connection, without what was sent again
  Duration rtt{-1};        // < 0: no sample
  Bytes sample_delivered;  // the delivery-rate sample, over `interval`
  Duration interval{0};    // <= 0: no sample
  bool app_limited = false;
  bool window_limited = false;  // the window is what holds the sender back
  Duration rtt_smoothed{0};
};

class Congestion {
 public:
  static constexpr std::uint64_t initial_segments = 10;

  // `control` is bbr or cubic; `seed` is of what bbr draws; `rtt` is the handshake's.
  Congestion(platform::CongestionControl control, Bytes segment, Duration rtt, std::uint64_t seed);

  void on_ack(const TrainAck& ack);
  void on_sent(Bytes size) { reduction_.on_sent(size); }
  // A loss was found outside a loss episode.
  void enter_recovery(Bytes in_flight);
  // All that was sent when the episode began is delivered.
  void end_episode(Bytes in_flight);
  // A retransmission timeout; `first`: of those in a row.
  void on_timeout(Bytes in_flight, bool first);
  // Sending begins with nothing in flight, `idle` after the last time, with `timeout` the retransmission timeout.
  void on_transmit_from_idle(TimePoint now, Duration idle, Duration timeout, bool nothing_lost);
  // Goes on with the window that there is; `seed` as in the constructor.
  void change(platform::CongestionControl control, Duration rtt, std::uint64_t seed, Bytes in_flight);

  platform::CongestionControl control() const { return control_; }
  Bytes window() const { return window_; }
  std::optional<BitRate> pacing() const;
  bool in_slow_start() const { return !bbr_ && segments(window_) < threshold_; }
  bool in_episode() const { return episode_ != LossState::open; }

 private:
  std::uint32_t segments(Bytes size) const;
  void cubic_ack(const TrainAck& ack);
  void slow_start(const TrainAck& ack);
  void bbr_ack(const TrainAck& ack);

  platform::CongestionControl control_;
  Bytes segment_, window_;
  std::optional<Bbr> bbr_;
  Cubic cubic_;
  std::uint32_t threshold_ = Cubic::threshold_unset;  // of slow start, in segments
  RateReduction reduction_;
  LossState episode_ = LossState::open;
};

}  // namespace dwcp::sim::flow
