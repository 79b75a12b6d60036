#include "sim/tcp/scoreboard.hpp"

#include <algorithm>

namespace dwcp::sim {
namespace {
constexpr std::size_t duplicate_threshold = 3;  // selectively acknowledged segments that rule out reordering (RFC 5681)
}

void Scoreboard::stamp(Segment& s, std::uint64_t index, TimePoint now) {
  s.sent = now;
  s.transmission = ++transmissions_;
  s.delivered = delivered_;
  s.delivered_at = delivered_at_;
  s.first_sent = first_sent_;
  s.app_limited = app_limited();
  s.in_flight = true;
  order_.push_back({index, s.transmission});
}

void Scoreboard::send(std::uint32_t length, TimePoint now) {
  if (segments_.empty()) first_sent_ = delivered_at_ = now;  // what is acknowledged from here on took no longer
  segments_.push_back({});
  Segment& s = segments_.back();
  s.begin = next_;
  s.length = length;
  next_ += length;
  in_flight_ += length;
  stamp(s, end_index() - 1, now);
}

void Scoreboard::resend(std::uint64_t index, TimePoint now) {
  lost_.erase(index);
  Segment& s = segment(index);
  s.lost = false;
  s.retransmitted = true;
  if (!s.in_flight) in_flight_ += s.length;
  stamp(s, index, now);
}

std::optional<std::uint64_t> Scoreboard::first_lost() const {
  if (lost_.empty()) return {};
  return *lost_.begin();
}

std::uint64_t Scoreboard::index_at(std::uint64_t offset) const {
  const auto at = std::lower_bound(segments_.begin(), segments_.end(), offset,
                                   [](const Segment& s, std::uint64_t o) { return s.begin < o; });
  return first_index_ + static_cast<std::uint64_t>(at - segments_.begin());
}

Scoreboard::Delivery Scoreboard::acknowledge(std::uint64_t una, std::span<const Range> sacks, TimePoint now) {
  Delivery d;
  sample_seen_ = false;
  una = std::clamp(una, una_, next_);
  for (const Range& r : sacks)
    if (r.begin < r.end && r.end <= next_ && r.begin >= una) mark_sacked(r, d, now);
  while (!segments_.empty() && segments_.front().end() <= una) {
    Segment& s = segments_.front();
    if (s.sacked)
      --sacked_;
    else
      deliver(first_index_, d, now);
    segments_.pop_front();
    ++first_index_;
  }
  d.acknowledged = Bytes(una - una_);
  una_ = una;
  // Runs below the first segment are gone with it.
  while (!sacked_runs_.empty() && sacked_runs_.begin()->first < first_index_) {
    const std::uint64_t end = sacked_runs_.begin()->second;
    sacked_runs_.erase(sacked_runs_.begin());
    if (end > first_index_) sacked_runs_.emplace(first_index_, end);
  }
  finish_rate_sample(d, now);
  return d;
}

// Visits only the gaps between the runs that are known already.
void Scoreboard::mark_sacked(Range r, Delivery& d, TimePoint now) {
  std::uint64_t first = index_at(r.begin);
  std::uint64_t end = index_at(r.end);
  if (end > first && at(end - 1).end() > r.end) --end;
  if (first >= end) return;
  auto run = sacked_runs_.upper_bound(first);
  if (run != sacked_runs_.begin() && std::prev(run)->second >= first) {
    --run;
    first = run->first;
    if (run->second >= end) return;
  }
  std::uint64_t i = first;
  while (run != sacked_runs_.end() && run->first <= end) {
    for (; i < run->first; ++i) {
      deliver(i, d, now);
      segment(i).sacked = true;
      ++sacked_;
    }
    i = run->second;
    run = sacked_runs_.erase(run);
  }
  for (; i < end; ++i) {
    deliver(i, d, now);
    segment(i).sacked = true;
    ++sacked_;
  }
  sacked_runs_.emplace(first, i);
}

void Scoreboard::deliver(std::uint64_t index, Delivery& d, TimePoint now) {
  Segment& s = segment(index);
  if (s.in_flight) {
    in_flight_ -= s.length;
    s.in_flight = false;
  }
  if (s.lost) {
    lost_.erase(index);
    s.lost = false;
  }
  delivered_ += s.length;
  delivered_at_ = now;
  d.delivered += Bytes(s.length);
  ++d.segments;

  const Duration rtt = now - s.sent;
  if (!s.retransmitted) {
    if (index + 1 < highest_delivered_) reordered_ = true;
    if (min_rtt_ < Duration::zero() || rtt < min_rtt_) min_rtt_ = rtt;
    if (!d.rtt || rtt < *d.rtt) d.rtt = rtt;
  }
  highest_delivered_ = std::max(highest_delivered_, index + 1);
  // A round trip clearly below the path's smallest belongs to the transmission before. Clearly: without any noise a
  // segment shorter than those measured is a little faster.
  const bool ambiguous = s.retransmitted && rtt < min_rtt_ * 7 / 8;
  if (s.transmission > newest_delivered_ && !ambiguous) {
    newest_delivered_ = s.transmission;
    newest_rtt_ = rtt;
  }
  if (!sample_seen_ || s.transmission > sample_transmission_) {
    sample_seen_ = true;
    sample_transmission_ = s.transmission;
    sample_prior_ = s.delivered;
    sample_prior_at_ = s.delivered_at;
    sample_limited_ = s.app_limited;
    sample_send_time_ = s.sent - s.first_sent;
    first_sent_ = s.sent;
  }
}

void Scoreboard::finish_rate_sample(Delivery& d, TimePoint now) {
  if (app_limited_until_ != 0 && delivered_ > app_limited_until_) app_limited_until_ = 0;
  if (!sample_seen_) return;
  // Sending and acknowledging are two phases of a pipeline; the longer one is the honest measure.
  const Duration interval = std::max(sample_send_time_, now - sample_prior_at_);
  d.app_limited = sample_limited_;
  d.rate_delivered = Bytes(delivered_ - sample_prior_);
  if (interval >= min_rtt_ && interval > Duration::zero()) d.rate_interval = interval;
}

Duration Scoreboard::reordering_window(bool recovering) const {
  if (!reordered_ && (recovering || sacked_ >= duplicate_threshold)) return Duration::zero();
  return std::max(min_rtt_, Duration::zero()) / 4;
}

void Scoreboard::lose(std::uint64_t index) {
  Segment& s = segment(index);
  if (s.in_flight) in_flight_ -= s.length;
  s.in_flight = false;
  s.lost = true;
  lost_.insert(index);
}

Bytes Scoreboard::detect_losses(TimePoint now, bool recovering) {
  Bytes found;
  loss_deadline_.reset();
  const Duration patience = newest_rtt_ + reordering_window(recovering);
  while (!order_.empty()) {
    const Transmission t = order_.front();
    const bool stale =
        t.index < first_index_ || at(t.index).transmission != t.number || at(t.index).sacked || at(t.index).lost;
    if (!stale) {
      if (t.number > newest_delivered_) break;
      const TimePoint deadline = at(t.index).sent + patience;
      if (deadline > now) {
        loss_deadline_ = deadline;
        break;
      }
      found += Bytes(at(t.index).length);
      lose(t.index);
    }
    order_.pop_front();
  }
  return found;
}

void Scoreboard::mark_timed_out(TimePoint now) {
  const Duration patience = newest_rtt_ + reordering_window(true);
  for (std::uint64_t i = first_index_; i < end_index(); ++i) {
    const Segment& s = at(i);
    if (s.sacked || s.lost || !s.in_flight) continue;
    if (i == first_index_ || s.sent + patience <= now) lose(i);
  }
}

}  // namespace dwcp::sim
