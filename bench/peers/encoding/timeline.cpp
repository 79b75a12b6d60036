#include "bench/peers/encoding/timeline.hpp"

#include <algorithm>

namespace dwcp::bench {
namespace {

// As in engine/migration/stream_sender.cpp and agent.hpp.
constexpr double line_least = 3 << 20, line_seconds = 0.5, line_round_trips = 2;
constexpr std::size_t encodings_at_once = 2;
constexpr std::uint64_t guest_bytes_max = 192u << 20;

}  // namespace

double Timeline::line_limit() const {
  return std::max(line_least, (line_seconds + line_round_trips * link_.rtt) * link_.bit_rate / 8);
}

double Timeline::waiting() const {
  double waiting = 0;
  for (auto batch = line_.rbegin(); batch != line_.rend() && batch->begins > encoder_free_; ++batch)
    waiting += static_cast<double>(batch->wire);
  return waiting;
}

double Timeline::when_line_has_room(double from, std::uint64_t bytes) const {
  const double limit = std::max(line_limit(), static_cast<double>(bytes));
  double waiting = static_cast<double>(bytes);
  // From the newest back: those that must have begun on the link before there is room.
  for (auto batch = line_.rbegin(); batch != line_.rend() && batch->begins > from; ++batch) {
    waiting += static_cast<double>(batch->wire);
    if (waiting > limit) return batch->begins;
  }
  return from;
}

double Timeline::can_begin(std::uint64_t guest_bytes) const {
  double begin = encoder_free_;
  if (handed_over_.size() >= encodings_at_once)
    begin = std::max(begin, handed_over_[handed_over_.size() - encodings_at_once]);
  std::uint64_t held = guest_bytes;
  for (auto batch = held_.rbegin(); batch != held_.rend(); ++batch) {
    held += batch->guest;
    if (held > guest_bytes_max) return std::max(begin, batch->until);
  }
  return begin;
}

double Timeline::pass(const BatchCost& cost) {
  const double begin = can_begin(cost.guest);
  encoder_free_ = begin + cost.bookkeeping + cost.encode;
  const double earliest = handed_over_.empty() ? encoder_free_ : std::max(encoder_free_, handed_over_.back());
  const double handed_over = when_line_has_room(earliest, cost.wire);
  handed_over_.push_back(handed_over);
  if (handed_over_.size() > encodings_at_once) handed_over_.pop_front();

  const double on_link = std::max(handed_over, link_free_), taken = 8 * static_cast<double>(cost.wire) / link_.bit_rate;
  link_free_ = on_link + taken;
  decoder_free_ = std::max(decoder_free_, link_free_ + link_.rtt / 2) + cost.decode;
  acknowledged_ = decoder_free_ + link_.rtt / 2;

  while (!line_.empty() && line_.front().begins <= handed_over) line_.pop_front();
  line_.push_back({on_link, cost.wire});
  while (!held_.empty() && held_.front().until <= begin) held_.pop_front();
  held_.push_back({acknowledged_, cost.guest});
  busy_.encoder += cost.bookkeeping + cost.encode;
  busy_.link += taken;
  busy_.decoder += cost.decode;
  return acknowledged_;
}

void Timeline::drain() { encoder_free_ = std::max(encoder_free_, acknowledged_); }

}  // namespace dwcp::bench
