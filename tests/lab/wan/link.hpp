// One direction of an emulated path: loss, rate with a bounded queue, delay with jitter, cut. Without I/O: packets and
// times in, packets that are due out.
#pragma once

#include <cstddef>
#include <deque>
#include <string_view>
#include <vector>

#include "engine/base/random.hpp"
#include "engine/base/units.hpp"

namespace dwcp::wan {

struct LinkOptions {
  Duration delay{0};
  Duration jitter{0};                               // each packet is late by 0..jitter more, in order
  BitRate rate{0};                                  // 0: not limited
  Duration queue = std::chrono::milliseconds(100);  // of data at `rate`; what would wait longer is dropped
  double loss = 0;                                  // of each packet, 0..1
  int overhead = 24;  // bytes a frame takes on the line besides itself: preamble, check sequence, gap of Ethernet
};

// "delay=25ms,rate=100Mbit/s,loss=1%,queue=100ms,jitter=2ms,overhead=24": changes what it names. Unknown keys, missing
// units and values out of range are errors that name the text.
Result<void> parse_link(std::string_view text, LinkOptions& options);

class Link {
 public:
  using Frame = std::vector<std::byte>;
  // Frames in the queue and on the way; what exceeds it is dropped.
  static constexpr std::size_t frames_max = 400'000;

  struct Counters {
    std::uint64_t taken = 0, bytes = 0, lost = 0, overflowed = 0, cut = 0, delivered = 0;
  };

  Link(const LinkOptions& options, std::uint64_t seed) : options_(options), random_(seed) {}

  void take(Frame frame, TimePoint now);
  // The next frame that is due, or null. The pointer holds until pop().
  const Frame* due(TimePoint now) const;
  void pop();
  // When something is due next; TimePoint::max() when nothing is on the way.
  TimePoint next_due() const { return frames_.empty() ? TimePoint::max() : frames_.front().due; }

  void set(const LinkOptions& options) { options_ = options; }
  const LinkOptions& options() const { return options_; }
  // A cut path loses what it is given and what is on the way.
  void cut();
  void restore() { cut_ = false; }
  const Counters& counters() const { return counters_; }

 private:
  struct Pending {
    TimePoint due;
    Frame frame;
  };
  LinkOptions options_;
  Random random_;
  bool cut_ = false;
  TimePoint free_at_{};  // when the line has sent all that it was given
  TimePoint last_due_{};
  std::deque<Pending> frames_;
  Counters counters_;
};

}  // namespace dwcp::wan
