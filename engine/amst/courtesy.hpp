// Room for others on a shared path: a rate that leaves them some. Pure logic, without a clock.
//
// BBR fills the bottleneck's queue with as much again as the path holds, whatever losses others see for it, so that a
// loss-based flow beside it (CUBIC) is left with next to nothing (Ware and others, "Modeling BBR's Interactions with
// Loss-Based Congestion Control", IMC 2019). So a session goes by the queue, once it knows about what it can carry: it
// sends a little faster while the queue is short; when it begins to stand, it lets it drain and goes on a little slower
// than before, which costs hardly anything when we are alone, and lets another flow grow. When one has, the queue does
// not drain, though we fill it no more; then we give way, down to `share_least` of what we had. Loss that does not go
// away with the queue is the path's own; loss-based flows are lost there anyway, and nothing is left to them.
#pragma once

#include <algorithm>
#include <array>

#include "engine/base/units.hpp"

namespace dwcp::amst {

class Courtesy {
 public:
  static constexpr double share_least = 0.7;       // of what was carried when the queue began to stand, and
  static constexpr double best_share_least = 0.5;  // of the best that was carried, however long and often it stands
  static constexpr Duration rtt_least = std::chrono::milliseconds(2);  // of the path; nearer ones are not paced
  static constexpr BitRate rate_least{2'000'000};  // carried at best; what is slower than that is not held back
  static constexpr double loss_most = 0.001;       // of what is carried, sent again
  static constexpr Duration at_first = std::chrono::seconds(3);  // as fast as BBR will, to know what is carried
  static constexpr Duration rest =
      std::chrono::seconds(60);  // on a path with losses of its own, or long queues without
  static constexpr Duration without_loss = std::chrono::seconds(30);  // until long queues are no loss-based flow's
  static constexpr Duration memory = std::chrono::seconds(30);  // the least round trip of so long to twice so long

  struct Look {
    Bytes carried{0};        // since the beginning
    Bytes sent_again{0};     // by the transport, since the beginning
    BitRate delivered{0};    // as the streams measured it last
    Duration rtt{0};         // smoothed; 0: unknown
    Duration rtt_min{0};     // of the path, as the transport measured it; 0: unknown
    bool bbr = false;        // is what fills the path
    bool busy = false;       // there was always something to send since the last look
    bool disturbed = false;  // the path was away, or streams are not back yet: nothing can be told
  };
  // To be called several times a second.
  void look(const Look& look, TimePoint now);
  // 0: none.
  BitRate limit() const;

 private:
  enum class Doing { nothing, measuring, minding, resting };
  enum class Minding { growing, draining, giving_way };

  void begin(Doing doing, const Look& look, TimePoint now);
  void mind(const Look& look, TimePoint now);
  void on_long_queue(const Look& look, TimePoint now);
  void on_short_queue(const Look& look, TimePoint now, Duration passed);
  void remember(Duration rtt, TimePoint now);
  Duration rtt_base() const { return std::min(rtt_least_[0], rtt_least_[1]); }
  void count(const Look& look, TimePoint now);
  bool is_near(const Look& look) const;
  bool queue_is_long(const Look& look) const;
  bool is_lossy(const Look& look) const;

  Doing doing_ = Doing::nothing;
  TimePoint since_{};  // we do it
  Bytes carried_then_{0}, again_then_{0};
  Bytes counted_{0};
  TimePoint counted_from_{};
  unsigned idle_ = 0;     // looks in a row, while measuring
  double rate_ = 0;       // bit/s, the limit while minding
  double carried_ = 0;    // bit/s, lately
  double best_ = 0;       // of it, since we began to measure
  double reference_ = 0;  // that was carried when the queue began to stand
  double step_ = 0;       // by which the rate grows in a second
  Minding minding_ = Minding::growing;
  TimePoint stepped_at_{}, short_since_{}, drained_at_{};
  TimePoint suspicious_since_{};  // queues are long now and then, without a loss
  Bytes again_seen_{0};
  std::array<Duration, 2> rtt_least_{Duration::max(), Duration::max()};  // of this `memory` and of the one before
  TimePoint remembered_from_{};
};

}  // namespace dwcp::amst
