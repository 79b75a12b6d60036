// Decides, from signs of life and progress, whether the path is down, whether it came back, and which streams did not
// come back with it. No I/O, no clock.
//
// A TCP connection survives a short outage by itself, but after a long one it waits for a retransmission timer that has
// doubled with every try: at worst for about as long as it was without progress. So connections are kept while the path
// is silent; one that does not move soon after the path is back is doubtful, which means that others take its place,
// and it is lost only when its timer must have run out.
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

enum class Standing { good, doubtful, lost };

class StreamWatch {
 public:
  StreamWatch(Duration timeout, TimePoint now) : timeout_(timeout), progress_at_(now) {}

  // A look at the transport: bytes that the peer's transport has acknowledged since the beginning, and whether more is
  // outstanding.
  void look(Bytes acknowledged, bool outstanding, TimePoint now);
  // Of a stream with outstanding data on a path that works, by how long it has made no progress; without either: good.
  // `rtt` is the path's, 0 unknown. Since the path came back: doubtful after the grace, at least two RTTs; lost after
  // the grace, four RTTs and as long as it was without progress before, at most the timeout. On a path that was not
  // away: lost after the timeout.
  Standing standing(const PathWatch& path, Duration rtt, TimePoint now) const;
  // It has made progress since the path came back, or has nothing to make progress with.
  bool moves(const PathWatch& path) const { return !outstanding_ || progress_at_ >= path.back_at(); }
  bool outstanding() const { return outstanding_; }
  // For how long it has made no progress with what is outstanding.
  Duration still(TimePoint now) const { return outstanding_ ? now - progress_at_ : Duration(0); }

 private:
  Duration timeout_;
  TimePoint progress_at_;
  Bytes acknowledged_{0};
  bool outstanding_ = false;
};

}  // namespace dwcp::amst
