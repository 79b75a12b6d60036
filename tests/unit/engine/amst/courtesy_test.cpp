#include "engine/amst/courtesy.hpp"

#include <gtest/gtest.h>

namespace dwcp::amst {
namespace {

using namespace std::chrono_literals;

// A bottleneck as a fluid: what flows in beyond its capacity waits in a queue of one round trip, and is lost beyond.
class Bottleneck {
 public:
  static constexpr double capacity = 1e9;  // bit/s
  static constexpr Duration base = 100ms;

  // Lets `seconds` pass at this rate of ours, and returns what we carried of it, in bits.
  double carry(double ours, double others, double seconds) {
    const double in = ours + others;
    queue_ = std::clamp(queue_ + (in - capacity) * seconds, 0.0, queue_max);
    const double out = std::min(in, capacity);
    return ours * (in > capacity ? out / in : 1) * seconds;
  }
  bool is_full() const { return queue_ >= queue_max; }
  Duration rtt() const { return base + from_seconds(queue_ / capacity); }

 private:
  static constexpr double queue_max = capacity * 0.1;
  double queue_ = 0;
};

// A flow that grows until it loses, and then halves: slower than CUBIC.
struct LossBased {
  double rate = 0;
  void step(const Bottleneck& path, double seconds) {
    rate = path.is_full() && rate > backed_off ? rate * 0.7 : rate + 0.03 * Bottleneck::capacity * seconds;
    if (path.is_full()) backed_off = rate;
    if (!path.is_full()) backed_off = 0;
  }
  double backed_off = 0;
};

struct Sender {
  Courtesy courtesy;
  Bottleneck path;
  double carried_bits = 0, again_bits = 0;
  TimePoint now{1s};
  bool bbr = true;
  double loss = 0;
  double wanted = 1.3 * Bottleneck::capacity;  // BBR alone: more than fits

  // Carries for so long, and returns the mean rate.
  double run(Duration time, LossBased* other = nullptr) {
    constexpr Duration step = 250ms;
    const double before = carried_bits;
    for (const TimePoint end = now + time; now < end; now += step) {
      const double limit = static_cast<double>(courtesy.limit().value);
      const double ours = limit > 0 ? std::min(limit, wanted) : wanted;
      const double out = path.carry(ours, other ? other->rate : 0, to_seconds(step));
      carried_bits += out;
      again_bits += out * loss;
      if (other) other->step(path, to_seconds(step));
      Courtesy::Look look;
      look.carried = Bytes(static_cast<std::uint64_t>(carried_bits / 8));
      look.sent_again = Bytes(static_cast<std::uint64_t>(again_bits / 8));
      look.delivered = BitRate(static_cast<std::uint64_t>(out / to_seconds(step)));
      look.rtt = path.rtt();
      look.bbr = bbr;
      look.busy = wanted >= ours && (limit == 0 || wanted > limit);
      courtesy.look(look, now);
    }
    return (carried_bits - before) / to_seconds(time);
  }
};

TEST(Courtesy, CostsHardlyAnythingWhereNobodyElseIs) {
  Sender sender;
  sender.path.carry(0, 0, 1);
  sender.run(5s);
  EXPECT_GT(sender.courtesy.limit(), BitRate(0));
  EXPECT_GE(sender.run(60s), 0.96 * Bottleneck::capacity);
}

TEST(Courtesy, LeavesAnotherFlowItsPartAndKeepsOurs) {
  Sender sender;
  sender.run(10s);
  LossBased other;
  sender.run(40s, &other);
  double others = 0;
  constexpr int seconds = 40;
  double ours = 0;
  for (int i = 0; i < seconds; ++i) {
    ours += sender.run(1s, &other) / seconds;
    others += other.rate / seconds;
  }
  EXPECT_GE(others, 0.25 * Bottleneck::capacity);
  EXPECT_GE(ours, 0.4 * Bottleneck::capacity);
}

TEST(Courtesy, TakesBackWhatAnotherFlowLeaves) {
  Sender sender;
  sender.run(10s);
  LossBased other;
  sender.run(60s, &other);
  sender.run(15s);
  EXPECT_GE(sender.run(20s), 0.95 * Bottleneck::capacity);
}

TEST(Courtesy, LeavesNothingOnAPathWithLossesOfItsOwn) {
  Sender sender;
  sender.loss = 0.01;
  sender.run(12s);
  EXPECT_EQ(sender.courtesy.limit(), BitRate(0));
  sender.run(40s);
  EXPECT_EQ(sender.courtesy.limit(), BitRate(0));
}

// 400 looks at a busy session by BBR that carries `each` from one to the next.
void expect_no_limit(Duration rtt, Bytes each, Duration rtt_min = Duration(0)) {
  Courtesy courtesy;
  Courtesy::Look look;
  look.rtt = rtt;
  look.rtt_min = rtt_min;
  look.bbr = look.busy = true;
  for (std::uint64_t i = 0; i < 400; ++i) {
    look.carried = each * i;
    courtesy.look(look, TimePoint(i * 250ms));
    EXPECT_EQ(courtesy.limit(), BitRate(0));
  }
}

// A measurement of nearly nothing, behind an outage, must not become the rate for the rest.
TEST(Courtesy, HoldsNothingBackThatHardlyMoves) { expect_no_limit(100ms, Bytes(20)); }

TEST(Courtesy, ASendersRateIsLetGoWhenNothingArrivesAnyMore) {
  Sender sender;
  sender.run(10s);
  ASSERT_GT(sender.courtesy.limit(), BitRate(0));
  Courtesy::Look look;
  look.carried = Bytes(static_cast<std::uint64_t>(sender.carried_bits / 8));
  look.rtt = 100ms;
  look.bbr = look.busy = true;
  for (std::uint64_t i = 0; i < 20; ++i) sender.courtesy.look(look, sender.now + i * 250ms);
  EXPECT_EQ(sender.courtesy.limit(), BitRate(0));
}

TEST(Courtesy, IsForBbrOnly) {
  Sender sender;
  sender.bbr = false;
  sender.run(20s);
  EXPECT_EQ(sender.courtesy.limit(), BitRate(0));
}

TEST(Courtesy, BeginsWhenThereIsEnoughToSend) {
  Sender sender;
  sender.wanted = 0;
  Courtesy::Look idle;
  idle.rtt = 100ms;
  idle.bbr = true;
  for (int i = 0; i < 100; ++i) sender.courtesy.look(idle, TimePoint(i * 250ms));
  EXPECT_EQ(sender.courtesy.limit(), BitRate(0));
}

TEST(Courtesy, IsNotForPathsWithinABuilding) { expect_no_limit(500us, MiB(10)); }

// The queue was full before the first look, and stands ever since: it is the whole of the round trip that is seen.
TEST(Courtesy, IsNotForPathsWithinABuildingBehindAQueueOfOurs) { expect_no_limit(25ms, MiB(10), 300us); }

}  // namespace
}  // namespace dwcp::amst
