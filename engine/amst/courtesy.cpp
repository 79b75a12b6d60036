#include "engine/amst/courtesy.hpp"

#include <algorithm>
#include <cmath>

namespace dwcp::amst {
namespace {

// More than jitter makes of a round trip, less than a loss-based flow keeps in a queue of one bandwidth-delay product.
constexpr double long_queue = 0.25;
constexpr Duration long_queue_least = std::chrono::milliseconds(2);
constexpr Duration step_least = std::chrono::milliseconds(250);
constexpr double drain = 0.85, alone = 0.97;               // of the reference
constexpr double slower = 0.95;                            // at each step while the queue is long
constexpr double faster_first = 0.02, faster_most = 0.32;  // in a second while it is short
constexpr double beyond_best = 2;                          // no rate is more than so many times what was ever carried
constexpr double forget = 0.97;                            // of the reference, each time that the queue begins to stand
constexpr Duration count_for = std::chrono::milliseconds(1500);
constexpr unsigned idle_most = 4;
constexpr Duration short_again = std::chrono::seconds(10);  // then a long queue is a new one
constexpr Duration short_for = std::chrono::seconds(1);     // until losses are the path's own

}  // namespace

BitRate Courtesy::limit() const {
  return BitRate(doing_ == Doing::minding ? std::max<std::uint64_t>(1, static_cast<std::uint64_t>(rate_)) : 0);
}

void Courtesy::begin(Doing doing, const Look& look, TimePoint now) {
  doing_ = doing;
  since_ = stepped_at_ = short_since_ = counted_from_ = now;
  carried_then_ = counted_ = look.carried;
  idle_ = 0;
  again_then_ = look.sent_again;
  step_ = faster_first;
  minding_ = Minding::growing;
  suspicious_since_ = now;
}

void Courtesy::remember(Duration rtt, TimePoint now) {
  if (now - remembered_from_ >= memory) {
    rtt_least_ = {Duration::max(), rtt_least_[0]};
    remembered_from_ = now;
  }
  rtt_least_[0] = std::min(rtt_least_[0], rtt);
}

// A queue that we filled before the first look hides how near it is: only the transport has seen the path without.
bool Courtesy::is_near(const Look& look) const {
  return rtt_base() < rtt_least || (look.rtt_min > Duration(0) && look.rtt_min < rtt_least);
}

bool Courtesy::queue_is_long(const Look& look) const {
  const Duration queue = look.rtt - rtt_base();
  return queue > long_queue_least && to_seconds(queue) > long_queue * to_seconds(rtt_base());
}

bool Courtesy::is_lossy(const Look& look) const {
  const auto again = static_cast<double>((look.sent_again - again_then_).value);
  return again > loss_most * static_cast<double>((look.carried - carried_then_).value);
}

void Courtesy::look(const Look& look, TimePoint now) {
  if (look.rtt > Duration(0)) remember(look.rtt, now);
  if (!look.bbr || look.disturbed || look.rtt <= Duration(0) || is_near(look)) return begin(Doing::nothing, look, now);
  switch (doing_) {
    case Doing::nothing:
      if (look.busy) begin(Doing::measuring, look, now);
      return;
    case Doing::measuring:
      idle_ = look.busy ? 0 : idle_ + 1;
      if (idle_ > idle_most) return begin(Doing::nothing, look, now);
      count(look, now);
      if (now - since_ < at_first) return;
      if (carried_ < static_cast<double>(rate_least.value)) return begin(Doing::nothing, look, now);
      best_ = carried_;
      rate_ = std::max(carried_, static_cast<double>(look.delivered.value));
      reference_ = 0;
      return begin(Doing::minding, look, now);
    case Doing::minding:
      return mind(look, now);
    case Doing::resting:
      if (now - since_ >= rest) begin(Doing::nothing, look, now);
  }
}

void Courtesy::count(const Look& look, TimePoint now) {
  if (now - counted_from_ < count_for) return;
  carried_ = static_cast<double>(rate_of(look.carried - counted_, now - counted_from_).value);
  counted_ = look.carried;
  counted_from_ = now;
}

void Courtesy::mind(const Look& look, TimePoint now) {
  count(look, now);
  // What stands still is not to be held back as well.
  if (look.busy && carried_ <= 0) return begin(Doing::nothing, look, now);
  best_ = std::max(best_, carried_);
  if (look.sent_again > again_seen_ || now - short_since_ >= short_again) suspicious_since_ = now;
  again_seen_ = look.sent_again;
  const Duration passed = now - stepped_at_;
  if (passed < std::max(step_least, look.rtt)) return;
  stepped_at_ = now;
  if (queue_is_long(look))
    on_long_queue(look, now);
  else
    on_short_queue(look, now, passed);
}

void Courtesy::on_long_queue(const Look& look, TimePoint now) {
  if (now - suspicious_since_ >= without_loss) return begin(Doing::resting, look, now);
  short_since_ = now;
  carried_then_ = look.carried;
  again_then_ = look.sent_again;
  step_ = faster_first;
  if (minding_ == Minding::growing) {
    minding_ = Minding::draining;
    reference_ = std::max({std::min(rate_, carried_), reference_ * forget, best_ * best_share_least / share_least});
    rate_ = reference_ * drain;
    // So long it takes if it is all ours.
    drained_at_ = now + from_seconds(to_seconds(look.rtt - rtt_base()) / (1 - drain)) + 2 * look.rtt;
  } else if (now >= drained_at_) {
    minding_ = Minding::giving_way;
    rate_ = std::max(rate_ * slower, reference_ * share_least);
  }
}

void Courtesy::on_short_queue(const Look& look, TimePoint now, Duration passed) {
  if (now - short_since_ >= short_for && is_lossy(look)) return begin(Doing::resting, look, now);
  if (minding_ == Minding::draining) rate_ = reference_ * alone;
  minding_ = Minding::growing;
  if (!look.busy) return;  // less is wanted: nothing is known of more
  rate_ = std::min(rate_ * (1 + step_ * to_seconds(passed)), best_ * beyond_best);
  // Slowly past what was too much the last time.
  const bool near = std::abs(rate_ - reference_) < (1 - alone) * 2 * reference_;
  step_ = near ? faster_first : std::min(faster_most, step_ * (1 + to_seconds(passed)));
}

}  // namespace dwcp::amst
