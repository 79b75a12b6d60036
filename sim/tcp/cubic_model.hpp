// CUBIC (RFC 9438) with fast convergence, the Reno-friendly region and HyStart, as Linux does them, without I/O.
// Windows are counted in segments, as there; the loss recovery itself (proportional rate reduction) is the socket's.
#pragma once

#include <cstdint>

#include "engine/base/units.hpp"

namespace dwcp::sim {

struct CubicAck {
  TimePoint now;
  Duration rtt{-1};                // < 0: this acknowledgement brought no sample
  std::uint64_t acknowledged = 0;  // stream offset up to which all is acknowledged
  std::uint64_t sent = 0;          // stream offset of the next new byte
  BitRate pacing_estimate;         // two windows per RTT; bounds the ACK train's allowance; 0: unknown
};

class Cubic {
 public:
  static constexpr std::uint32_t threshold_unset = ~std::uint32_t{0};

  // Takes the acknowledgement's delay sample; may lower `threshold` (segments) when the round trip says that the pipe
  // is full (HyStart). To be called for every acknowledgement of new data, before grow().
  void on_ack(const CubicAck&, std::uint32_t window, std::uint32_t& threshold);
  // The window after `delivered` segments, to be called only while the window is what limits the sender.
  std::uint32_t grow(TimePoint now, std::uint32_t window, std::uint32_t threshold, std::uint32_t delivered);
  // The threshold after a loss at `window`; at least 2.
  std::uint32_t reduce(std::uint32_t window);
  void on_timeout();
  // Sending begins again after `idle` without anything in flight: growth must not count the pause.
  void on_idle(Duration idle);

  Duration min_rtt() const { return min_rtt_; }

 private:
  void hystart(const CubicAck&, std::uint32_t window, std::uint32_t& threshold);
  void update_growth(TimePoint now, std::uint32_t window, std::uint32_t delivered);

  Duration min_rtt_{-1};
  // Growth: one segment for each `per_segment_` delivered.
  double per_segment_ = 1, credit_ = 0;
  bool in_epoch_ = false;
  TimePoint epoch_began_, updated_at_;
  std::uint32_t updated_window_ = 0;
  double last_max_ = 0, origin_ = 0, plateau_s_ = 0;  // segments, segments, seconds from the epoch's start
  double reno_window_ = 0, reno_credit_ = 0;

  bool full_found_ = false;
  bool round_known_ = false;
  TimePoint round_began_, train_seen_;
  std::uint64_t round_end_ = 0;
  Duration round_rtt_{0};
  unsigned round_samples_ = 0;
};

}  // namespace dwcp::sim
