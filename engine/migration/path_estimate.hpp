// What the path of a migration carries, from acknowledgements.
//
// It is known only while the path is the bottleneck; otherwise a sample is a lower bound, if it is not of a burst
// behind a lull: chunks that went over several streams are acknowledged together. Where most of what is unacknowledged
// has arrived, the destination is the bottleneck; where streams wait for batches, the encoding is. Then what the path
// carries is somewhere above: the codecs are chosen as if it carried ever more, until it is what limits, or they are as
// cheap for the processors as can be.
#pragma once

#include <array>

#include "engine/base/units.hpp"

namespace dwcp::migration {

class PathEstimate {
 public:
  explicit PathEstimate(TimePoint now) : sampled_(now), steady_since_(now) {}

  // A batch was encoded; `hungry`: streams had no work, and other batches were waiting behind it.
  void batch_made(bool hungry) {
    ++batches_;
    hungry_ &= hungry;
  }
  // Somebody had to wait for the path.
  void was_full() { full_ = true; }
  // `more`: others wait in the session for a stream.
  void acknowledged(Bytes wire, bool more) {
    acked_ += wire;
    ++acknowledgements_;
    always_more_ &= more;
  }

  // Whether enough was acknowledged since the last sample for another one, with round trips of `rtt`.
  bool due(TimePoint now, Duration rtt) const;
  // Takes it. The bytes that were acknowledged since the last one.
  Bytes sample(TimePoint now, bool destination_limits);

  BitRate carries() const { return carries_; }      // while it was the bottleneck; 0: not known yet
  BitRate may_carry() const { return may_carry_; }  // for the choice of codecs
  // It has not been found to carry much more for a while.
  bool steady(TimePoint now) const;

 private:
  struct Sample {
    Bytes acked{0};
    Duration took{0};
  };
  BitRate rate_lately() const;

  BitRate carries_{0}, may_carry_{0};
  BitRate steady_rate_{0};
  TimePoint sampled_, steady_since_;
  std::array<Sample, 4> lately_{};
  std::size_t samples_ = 0;
  // Since the last sample.
  Bytes acked_{0};
  unsigned acknowledgements_ = 0, batches_ = 0;
  bool full_ = false, always_more_ = true, hungry_ = true;
};

}  // namespace dwcp::migration
