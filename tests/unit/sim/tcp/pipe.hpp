// A sender of Bbr and Scoreboard over an ideal link, without ns-3: one bottleneck with a rate and a queue, a fixed
// round trip, optional loss of single segments. Deterministic.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <set>

#include "sim/tcp/bbr_model.hpp"
#include "sim/tcp/scoreboard.hpp"

namespace dwcp::sim {

class Pipe {
 public:
  static constexpr std::uint32_t segment = 1448;

  Pipe(BitRate rate, Duration rtt, double loss = 0)
      : rate_(rate), rtt_(rtt), loss_(loss), random_(7), bbr_(Bytes(segment), Bytes(segment * 10), rtt, 1) {}

  Bbr& bbr() { return bbr_; }
  Scoreboard& board() { return board_; }
  TimePoint now() const { return now_; }
  void set_rate(BitRate rate) { rate_ = rate; }
  void set_app_rate(BitRate rate) { app_rate_ = rate; }  // 0: always has data
  Bytes delivered() const { return board_.delivered(); }
  std::function<void()> after_ack = [] {};

  void run(Duration time) {
    const TimePoint end = now_ + time;
    while (now_ < end) {
      send_what_may_leave();
      const TimePoint ack = arrivals_.empty() ? TimePoint::max() : arrivals_.front().at;
      TimePoint next = std::min(ack, end);
      if (may_send_by_window()) next = std::min(next, std::max(next_send_, now_ + Duration(1)));
      now_ = next;
      while (!arrivals_.empty() && arrivals_.front().at <= now_) take_ack();
    }
  }

 private:
  struct Arrival {
    TimePoint at;
    std::uint64_t begin;
  };
  bool may_send_by_window() const {
    if (board_.in_flight() + Bytes(segment) > bbr_.window() && board_.in_flight() > Bytes(0)) return false;
    if (board_.any_lost() || app_rate_ == BitRate(0)) return true;
    return board_.next() < bytes_in(now_ - TimePoint{}, app_rate_).value;
  }
  void send_what_may_leave() {
    while (may_send_by_window() && next_send_ <= now_) {
      std::uint64_t begin = board_.next();
      if (const auto lost = board_.first_lost()) {
        begin = board_.at(*lost).begin;
        board_.resend(*lost, now_);
      } else {
        board_.send(segment, now_);
      }
      if (app_rate_ > BitRate(0)) board_.mark_app_limited();
      next_send_ = std::max(next_send_, now_) + transfer_time(Bytes(segment), bbr_.pacing_rate());
      free_at_ = std::max(free_at_, now_ + rtt_ / 2) + transfer_time(Bytes(segment), rate_);
      if (!random_.chance(loss_)) arrivals_.push_back({free_at_ + rtt_ / 2, begin});
    }
  }
  void take_ack() {
    const std::array newest{Scoreboard::Range{arrivals_.front().begin, arrivals_.front().begin + segment}};
    received_.insert(arrivals_.front().begin);
    arrivals_.pop_front();
    std::uint64_t una = board_.una();
    while (!received_.empty() && *received_.begin() <= una) {
      una = std::max(una, *received_.begin() + segment);
      received_.erase(received_.begin());
    }
    const Bytes prior = board_.in_flight();
    const auto d = board_.acknowledge(una, newest, now_);
    BbrAck ack;
    ack.newly_lost = board_.detect_losses(now_, recovering_);
    if (recovering_ && board_.una() >= recovery_point_) {
      recovering_ = false;
      bbr_.on_loss_state(LossState::open, board_.in_flight());
    }
    if (!recovering_ && board_.any_lost()) {
      recovering_ = true;
      recovery_point_ = board_.next();
      bbr_.on_loss_state(LossState::recovery, board_.in_flight());
    }
    ack.now = now_;
    ack.delivered = board_.delivered();
    ack.newly_delivered = d.delivered;
    ack.in_flight = board_.in_flight();
    ack.prior_in_flight = prior;
    ack.rtt = d.rtt.value_or(Duration(-1));
    ack.sample_delivered = d.rate_delivered;
    ack.interval = d.rate_interval;
    ack.app_limited = d.app_limited;
    bbr_.on_ack(ack);
    after_ack();
  }

  BitRate rate_, app_rate_;
  Duration rtt_;
  double loss_;
  Random random_;
  Bbr bbr_;
  Scoreboard board_;
  TimePoint now_{std::chrono::seconds(1)}, next_send_{}, free_at_{};
  std::deque<Arrival> arrivals_;
  std::set<std::uint64_t> received_;  // beyond what is acknowledged cumulatively
  bool recovering_ = false;
  std::uint64_t recovery_point_ = 0;
};

}  // namespace dwcp::sim
