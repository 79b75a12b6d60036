// Which congestion control suits a path, by trying. Pure logic, without a clock.
//
// What loses without a standing queue is not slowed down by us: a loss-based control (CUBIC) then carries what the loss
// leaves it, about 1.2 segments by the root of the loss in each round trip (Mathis and others, "The Macroscopic
// Behavior of the TCP Congestion Avoidance Algorithm", CCR 27(3), 1997), and BBR what the path has. The other way round
// BBR takes no notice of losses that it makes itself, as in queues much shorter than the path or where a policer sits
// (Cardwell and others, "BBR v2: A Model-based Congestion Control", IETF 104, 2019); there CUBIC may carry as much and
// waste less. Round trip and loss only raise the suspicion; what decides is how much is carried, before and while the
// other one runs.
#pragma once

#include <array>
#include <optional>

#include "engine/platform/stream.hpp"

namespace dwcp::amst {

class CongestionTrial {
 public:
  using Control = platform::CongestionControl;

  // Of the segments sent, those sent again that make us try the other one.
  static constexpr double again_cubic = 0.0005, again_bbr = 0.05;
  static constexpr std::uint64_t again_least = 8;  // segments in a measurement; fewer are no rate
  static constexpr double gain_least = 0.10;       // BBR is kept when it carries this share more
  static constexpr double cost_most = 0.03;        // CUBIC when it carries at most this share less, and repeats less
  static constexpr double hopeless = 0.5;          // of what was carried before: it goes back at half time
  // A measurement, and a trial, whose first half is left to the algorithm to find its rate.
  static constexpr Duration length_least = std::chrono::seconds(2), length_most = std::chrono::seconds(20);
  static constexpr int round_trips = 20;  // that it lasts within these
  // From the end of one trial to the next, doubled each time; anew when there was none for twice the longest.
  static constexpr Duration rest_first = std::chrono::seconds(30), rest_most = std::chrono::minutes(5);
  // A queue that stands says that the path is full, and that losses are of our making. A trial too many costs less than
  // one that is missing, and busy hosts add a millisecond or two of their own: a queue must be longer than that.
  static constexpr double long_queue = 0.5;  // of the least round trip, and at least
  static constexpr Duration long_queue_least = std::chrono::milliseconds(2);

  struct Look {
    Bytes carried{0};                             // by the path's streams, since the beginning
    std::uint64_t sent = 0, sent_again = 0;       // segments, since the beginning; `sent` counts both
    unsigned streams = 0;                         // that carry now
    Duration rtt{0}, rtt_least{0};                // smoothed, and the least that was seen; 0: unknown
    Control running = Control::platform_default;  // on all of them; not bbr or cubic: no business of ours
    BitRate rate_limit{0};                        // that holds the path's streams back; 0: none
    bool busy = false;                            // there was something to send
    bool disturbed = false;                       // the path was away, or streams are not back yet
  };
  enum class Verdict { pays, does_not_pay, too_little_sent, disturbed };
  struct Outcome {
    Control from, to;
    double again_before, again_during;  // of the segments
    BitRate before{0}, during{0};       // carried
    Verdict verdict;
    bool kept() const { return verdict == Verdict::pays; }
  };

  // To be called several times a second. Tells when a trial has ended.
  std::optional<Outcome> look(const Look& look, TimePoint now);
  // What the path's streams are to run; empty: what they were given.
  std::optional<Control> wanted() const { return wanted_; }
  bool trying() const { return trying_; }
  // The host refused what is being tried: all is as before, and this has been no trial.
  void refused(TimePoint now);

 private:
  struct Count {
    Bytes carried{0};
    std::uint64_t sent = 0, sent_again = 0;
    TimePoint at{};
  };
  struct Measured {
    double rate;   // bit/s
    double again;  // of the segments
    std::uint64_t segments_again;
  };

  std::optional<Outcome> watch(const Look& look, TimePoint now);
  std::optional<Outcome> go_on(const Look& look, TimePoint now);
  void restart(const Look& look, TimePoint now);
  void begin(const Look& look, const Measured& before, TimePoint now);
  Outcome end(const Measured& during, Verdict verdict, TimePoint now);
  void rest(TimePoint now);
  bool is_suspicious(const Look& look, const Measured& lately) const;
  Verdict judge(const Measured& during) const;
  Measured measured(const Look& look, TimePoint now) const;

  std::optional<Control> wanted_;
  Control from_ = Control::platform_default, to_ = Control::platform_default;
  // The last measurements of what runs, newest first: BBR leaves the pipe empty every ten seconds, which one of them
  // pays for, and is compared by the best of them.
  std::array<double, 3> lately_{};
  Measured before_{};
  bool trying_ = false;
  bool settled_ = false;  // watching: since it began; trying: its first half is over
  bool paused_ = false;   // there was nothing to send for a moment of the trial
  unsigned streams_ = 0;
  Control running_ = Control::platform_default;
  Count counted_;
  Duration queue_sum_{0};
  std::int64_t looks_ = 0;
  Duration length_{0};  // of the trial
  TimePoint rest_until_ = TimePoint::min(), ended_at_ = TimePoint::min();
  Duration rest_ = rest_first;
};

}  // namespace dwcp::amst
