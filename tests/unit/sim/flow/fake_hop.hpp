// A hop that does what a test says, and counts.
#pragma once

#include <gtest/gtest.h>
#include <ns3/simulator.h>

#include <functional>

#include "sim/flow/network.hpp"
#include "sim/tcp/clock.hpp"

namespace dwcp::sim::flow {

using namespace std::chrono_literals;

class FakeHop final : public Hop {
 public:
  FakeHop(std::uint32_t number, BitRate rate, Duration delay, Bytes queue = MiB(64))
      : number_(number), rate_(rate), delay_(delay), queue_(queue) {}

  void cut(HopObserver& observer) {
    cut_ = true;
    last_cut_ = sim_now();
    observer.hop_cut(*this);
  }
  void restore() { cut_ = false; }
  void set_rate(HopObserver& observer, BitRate rate) {
    rate_ = rate;
    observer.hop_rate_changed(*this);
  }
  void lose_next(std::uint64_t packets) { to_lose_ = packets; }

  std::uint32_t index() const override { return number_; }
  BitRate capacity() const override { return rate_; }
  bool is_cut() const override { return cut_; }
  TimePoint last_cut() const override { return last_cut_; }
  Duration propagation(TimePoint) override { return delay_; }
  Duration propagation_mean() const override { return delay_; }
  Bytes queue_limit() const override { return queue_; }
  std::uint64_t losses_among(std::uint64_t packets) override {
    const std::uint64_t now_lost = std::min(packets, to_lose_);
    to_lose_ -= now_lost;
    return now_lost;
  }
  void count_delivered(std::uint64_t packets, Bytes) override { delivered += packets; }
  void count_lost(std::uint64_t packets) override { lost += packets; }
  void count_overflow(std::uint64_t packets) override { overflow += packets; }
  void count_cut(std::uint64_t packets) override { taken_by_cut += packets; }
  void count_queue(Bytes longest) override { queue_max = std::max(queue_max, longest); }

  std::uint64_t delivered = 0, lost = 0, overflow = 0, taken_by_cut = 0;
  Bytes queue_max{0};

 private:
  const std::uint32_t number_;
  BitRate rate_;
  const Duration delay_;
  const Bytes queue_;
  bool cut_ = false;
  TimePoint last_cut_ = TimePoint::min();
  std::uint64_t to_lose_ = 0;
};

// Runs what is scheduled to its end, and forgets ns-3's state.
struct Simulation {
  ~Simulation() { ns3::Simulator::Destroy(); }
  static void run() { ns3::Simulator::Run(); }
  static void at(Duration time, std::function<void()> action) {
    ns3::Simulator::Schedule(to_ns3(time - sim_now().time_since_epoch()), [action = std::move(action)] { action(); });
  }
};

}  // namespace dwcp::sim::flow
