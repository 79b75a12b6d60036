// Decides, from signs of life and progress, whether the path is down, whether it came back, and which streams did not
// come back with it. No I/O, no clock.
//
// A TCP connection survives a short outage by itself, but after a long one it waits for a retransmission timer that has
// doubled with every try. So connections are kept while the path is silent, and given up only when something else has
// shown that the path works and they still do not move.
#pragma once

#include "engine/base/units.hpp"

namespace dwcp::amst {

class PathWatch {
 public:
  PathWatch(Duration silence_limit, Duration grace, TimePoint now);

  void heard(TimePoint now);     // any whole frame on the control connection
  void rejoined(TimePoint now);  // a new control connection is in use
  void disconnected();           // the control connection broke
  bool silent(TimePoint now) const;
  TimePoint silent_from() const { return disconnected_ ? heard_ : heard_ + silence_limit_; }
  // When the path last came back after a silence or a broken control connection; TimePoint::min() when never.
  TimePoint back_at() const { return back_at_; }
  Duration grace() const { return grace_; }

 private:
  Duration silence_limit_, grace_;
  TimePoint heard_;
  TimePoint back_at_ = TimePoint::min();
  bool disconnected_ = false;
};

class StreamWatch {
 public:
  StreamWatch(Duration timeout, TimePoint now) : timeout_(timeout), progress_at_(now) {}

  // A look at the transport: bytes that the peer's transport has acknowledged since the beginning, and whether more is
  // outstanding.
  void look(Bytes acknowledged, bool outstanding, TimePoint now);
  // To be given up: outstanding data, a path that works, and no progress for too long. `rtt` is the path's, 0 unknown.
  bool stalled(const PathWatch& path, Duration rtt, TimePoint now) const;
  bool outstanding() const { return outstanding_; }

 private:
  Duration timeout_;
  TimePoint progress_at_;
  Bytes acknowledged_{0};
  bool outstanding_ = false;
};

}  // namespace dwcp::amst
