#include "engine/amst/congestion_trial.hpp"

#include <algorithm>

namespace dwcp::amst {
namespace {

using Control = CongestionTrial::Control;

// Of a limit on the rate: what carries as much is held back by it, and not by the path.
constexpr double near_limit = 0.9;

Duration length_at(Duration rtt) {
  return std::clamp(CongestionTrial::round_trips * rtt, CongestionTrial::length_least, CongestionTrial::length_most);
}

bool is_ours(Control control) { return control == Control::bbr || control == Control::cubic; }
Control other_than(Control control) { return control == Control::bbr ? Control::cubic : Control::bbr; }

}  // namespace

std::optional<CongestionTrial::Outcome> CongestionTrial::look(const Look& look, TimePoint now) {
  return trying_ ? go_on(look, now) : watch(look, now);
}

void CongestionTrial::restart(const Look& look, TimePoint now) {
  counted_ = {look.carried, look.sent, look.sent_again, now};
  streams_ = look.streams;
  running_ = look.running;
  queue_sum_ = Duration(0);
  looks_ = 0;
}

CongestionTrial::Measured CongestionTrial::measured(const Look& look, TimePoint now) const {
  Measured m{};
  if (now <= counted_.at) return m;
  m.rate = static_cast<double>((look.carried - counted_.carried).value) * 8 / to_seconds(now - counted_.at);
  m.segments_again = look.sent_again - counted_.sent_again;
  const std::uint64_t sent = look.sent - counted_.sent;
  if (sent > 0) m.again = static_cast<double>(m.segments_again) / static_cast<double>(sent);
  return m;
}

std::optional<CongestionTrial::Outcome> CongestionTrial::watch(const Look& look, TimePoint now) {
  const bool alike = look.streams == streams_ && look.running == running_;
  if (look.disturbed || !look.busy || !alike || !is_ours(look.running) || look.rtt_least <= Duration(0)) {
    settled_ = false;
    lately_ = {};
    restart(look, now);
    return std::nullopt;
  }
  queue_sum_ += std::max(Duration(0), look.rtt - look.rtt_least);
  ++looks_;
  const Duration length = length_at(look.rtt);
  if (now - counted_.at < (settled_ ? length : length / 2)) return std::nullopt;
  Measured lately = measured(look, now);
  const bool tell = settled_ && now >= rest_until_ && is_suspicious(look, lately);
  if (settled_) lately_ = {lately.rate, lately_[0], lately_[1]};
  settled_ = true;
  if (look.running == Control::bbr) lately.rate = *std::ranges::max_element(lately_);
  if (tell)
    begin(look, lately, now);
  else
    restart(look, now);
  return std::nullopt;
}

bool CongestionTrial::is_suspicious(const Look& look, const Measured& lately) const {
  if (lately.segments_again < again_least) return false;
  if (lately.again < (look.running == Control::bbr ? again_bbr : again_cubic)) return false;
  const auto limit = static_cast<double>(look.rate_limit.value);
  if (limit > 0 && lately.rate >= near_limit * limit) return false;
  if (look.running == Control::bbr) return true;  // it fills queues, and what it loses it may lose there
  const Duration long_one = std::max(long_queue_least, from_seconds(long_queue * to_seconds(look.rtt_least)));
  return queue_sum_ / std::max<std::int64_t>(looks_, 1) <= long_one;
}

void CongestionTrial::begin(const Look& look, const Measured& before, TimePoint now) {
  if (ended_at_ == TimePoint::min() || now - ended_at_ > 2 * rest_most) rest_ = rest_first;
  from_ = look.running;
  to_ = other_than(from_);
  wanted_ = to_;
  before_ = before;
  trying_ = true;
  settled_ = paused_ = false;
  length_ = length_at(look.rtt);
  restart(look, now);
}

std::optional<CongestionTrial::Outcome> CongestionTrial::go_on(const Look& look, TimePoint now) {
  const Measured so_far = measured(look, now);
  if (look.disturbed || look.streams != streams_) return end(so_far, Verdict::disturbed, now);
  paused_ = paused_ || !look.busy;
  if (now - counted_.at < length_ / 2) return std::nullopt;
  if (settled_) return end(so_far, judge(so_far), now);
  if (!paused_ && so_far.rate < hopeless * before_.rate) return end(so_far, Verdict::does_not_pay, now);
  settled_ = true;
  restart(look, now);
  return std::nullopt;
}

// With pauses what was carried is the least that it can carry.
CongestionTrial::Verdict CongestionTrial::judge(const Measured& during) const {
  const bool pays = to_ == Control::bbr ? during.rate >= before_.rate * (1 + gain_least)
                                        : during.rate >= before_.rate * (1 - cost_most) && during.again < before_.again;
  if (pays) return Verdict::pays;
  return paused_ ? Verdict::too_little_sent : Verdict::does_not_pay;
}

CongestionTrial::Outcome CongestionTrial::end(const Measured& during, Verdict verdict, TimePoint now) {
  const Outcome outcome{from_,
                        to_,
                        before_.again,
                        during.again,
                        BitRate(static_cast<std::uint64_t>(before_.rate)),
                        BitRate(static_cast<std::uint64_t>(during.rate)),
                        verdict};
  if (!outcome.kept()) wanted_ = from_;
  rest(now);
  return outcome;
}

void CongestionTrial::refused(TimePoint now) {
  if (!trying_) return;
  wanted_ = from_;
  rest(now);
}

void CongestionTrial::rest(TimePoint now) {
  trying_ = settled_ = false;
  running_ = Control::platform_default;  // what follows is measured afresh
  ended_at_ = now;
  rest_until_ = now + rest_;
  rest_ = std::min(rest_most, 2 * rest_);
}

}  // namespace dwcp::amst
