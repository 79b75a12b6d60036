// How many streams a path gets: hill-climbing on what it carries. Pure logic, without a clock.
//
// The number that is kept is measured for a while; then more are tried, and kept only when they carry clearly more;
// when they do not, fewer are tried, and kept when they carry as much. Where neither helps it rests, twice as long each
// time, because both tries cost: a new connection has to find its rate first. (The idea of a search by trying is that
// of GridFTP's and of Arslan and Kosar's "High-Speed Transfer Optimization Based on Historical Analysis and Real-Time
// Tuning", IEEE TPDS 29(6), 2018; thresholds and rests are ours.)
#pragma once

#include "engine/base/units.hpp"

namespace dwcp::amst {

class StreamClimber {
 public:
  // 1 <= least <= most. With least == most nothing is ever tried.
  struct Bounds {
    unsigned least, most;
  };
  static constexpr double gain_least = 0.05;  // more streams are kept when they carry this share more
  static constexpr double loss_most = 0.02;   // fewer when they carry at most this share less
  static constexpr Duration measure_least = std::chrono::seconds(1);
  static constexpr int round_trips = 12;  // that a measurement, and before it a settling, lasts at least
  static constexpr unsigned rest_first = 8, rest_most = 128;  // measurements long

  StreamClimber(Bounds bounds, TimePoint now);

  // To be called several times a measurement. `carried` is what has arrived since the beginning, `open` how many
  // streams there are, `busy` that every one of them always had something to send since the last look: pauses say
  // nothing.
  void look(Bytes carried, unsigned open, bool busy, Duration round_trip, TimePoint now);
  // How many there should be, within the bounds.
  unsigned target() const { return target_; }

 private:
  enum class Trying { nothing, more, fewer };

  bool measure(Bytes carried, unsigned open, bool busy, Duration round_trip, TimePoint now);
  void restart(Bytes carried, TimePoint now);
  void judge();
  void try_more();
  void try_fewer();
  void rest();

  const Bounds bounds_;
  unsigned kept_, target_;
  Trying trying_ = Trying::nothing;
  double kept_rate_ = 0, rate_ = 0;  // bytes per second
  unsigned rest_ = 0, rest_length_ = rest_first;
  bool settled_ = false;
  TimePoint since_;
  Bytes carried_then_{0};
};

}  // namespace dwcp::amst
