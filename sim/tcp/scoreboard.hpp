// What a TCP sender knows of the segments that it has sent: acknowledged, selectively acknowledged, lost (RACK, RFC
// 8985), in flight; and the delivery-rate sample of each acknowledgement (draft-cheng-iccrg-delivery-rate-estimation).
// Without I/O. Offsets count bytes of the stream from 0 and do not wrap. Every operation costs O(log n) of the segments
// in flight plus what it changes.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "engine/base/units.hpp"

namespace dwcp::sim {

class Scoreboard {
 public:
  struct Range {  // [begin, end) of the stream
    std::uint64_t begin, end;
  };
  struct Segment {
    std::uint64_t begin;
    std::uint32_t length;
    std::uint64_t transmission;  // number of its last transmission: greater means sent later
    TimePoint sent;              // its last transmission
    // The connection's state when it was sent last, for the rate sample.
    std::uint64_t delivered;
    TimePoint delivered_at, first_sent;
    bool app_limited;
    bool sacked = false, lost = false, in_flight = true, retransmitted = false;
    std::uint64_t end() const { return begin + length; }
  };
  // What one acknowledgement told.
  struct Delivery {
    Bytes acknowledged;  // cumulatively
    Bytes delivered;     // for the first time, cumulatively or selectively
    std::size_t segments = 0;
    std::optional<Duration> rtt;  // of the segment sent last among those sent only once
    Duration rate_interval{0};    // of the rate sample; 0: not valid
    Bytes rate_delivered;
    bool app_limited = false;
  };

  // A new segment of `length` > 0 bytes is sent at next().
  void send(std::uint32_t length, TimePoint now);
  // A segment is sent again: first_lost(), or as a probe any that is not yet delivered.
  void resend(std::uint64_t index, TimePoint now);

  // Ranges outside [una, next) are ignored; `una` beyond next() is taken as next().
  Delivery acknowledge(std::uint64_t una, std::span<const Range> sacks, TimePoint now);
  // Marks what must be lost given what was delivered and returns its size; sets loss_deadline().
  // `recovering`: in a loss episode nothing is excused as reordering that was never seen.
  Bytes detect_losses(TimePoint now, bool recovering);
  // A retransmission timeout: the first segment is lost, and all that were sent a round trip ago.
  void mark_timed_out(TimePoint now);
  // The application has nothing to send: samples up to what is now in flight say nothing about the path.
  void mark_app_limited() { app_limited_until_ = std::max<std::uint64_t>(delivered_ + in_flight_, 1); }

  std::uint64_t una() const { return una_; }
  std::uint64_t next() const { return next_; }
  Bytes in_flight() const { return Bytes(in_flight_); }
  Bytes delivered() const { return Bytes(delivered_); }
  bool app_limited() const { return app_limited_until_ != 0; }
  std::size_t sacked_segments() const { return sacked_; }
  bool any_lost() const { return !lost_.empty(); }
  std::optional<std::uint64_t> first_lost() const;
  // When a segment that is late now must be taken for lost.
  std::optional<TimePoint> loss_deadline() const { return loss_deadline_; }
  Duration min_rtt() const { return min_rtt_; }  // < 0: unknown

  bool empty() const { return segments_.empty(); }
  std::uint64_t first_index() const { return first_index_; }
  std::uint64_t end_index() const { return first_index_ + segments_.size(); }
  const Segment& at(std::uint64_t index) const { return segments_[index - first_index_]; }

 private:
  Segment& segment(std::uint64_t index) { return segments_[index - first_index_]; }
  std::uint64_t index_at(std::uint64_t offset) const;  // of the first segment that begins at or after `offset`
  void stamp(Segment&, std::uint64_t index, TimePoint now);
  void mark_sacked(Range, Delivery&, TimePoint now);
  void deliver(std::uint64_t index, Delivery&, TimePoint now);
  void lose(std::uint64_t index);
  Duration reordering_window(bool recovering) const;
  void finish_rate_sample(Delivery&, TimePoint now);

  std::deque<Segment> segments_;
  std::uint64_t first_index_ = 0;
  std::uint64_t una_ = 0, next_ = 0, in_flight_ = 0;
  std::map<std::uint64_t, std::uint64_t> sacked_runs_;  // [first, end) indices; neighbours are merged
  std::size_t sacked_ = 0;
  std::set<std::uint64_t> lost_;  // waiting to be sent again

  // Transmissions in their order. An entry whose segment was delivered, lost or sent again since is skipped.
  struct Transmission {
    std::uint64_t index, number;
  };
  std::deque<Transmission> order_;
  std::uint64_t transmissions_ = 0;

  // The delivered segment that was sent last, and its round trip.
  std::uint64_t newest_delivered_ = 0;
  Duration newest_rtt_{0};
  std::uint64_t highest_delivered_ = 0;  // index + 1
  bool reordered_ = false;
  Duration min_rtt_{-1};
  std::optional<TimePoint> loss_deadline_;

  std::uint64_t delivered_ = 0;
  TimePoint delivered_at_, first_sent_;
  std::uint64_t app_limited_until_ = 0;
  std::uint64_t sample_transmission_ = 0, sample_prior_ = 0;
  TimePoint sample_prior_at_;
  Duration sample_send_time_{0};
  bool sample_limited_ = false, sample_seen_ = false;
};

}  // namespace dwcp::sim
