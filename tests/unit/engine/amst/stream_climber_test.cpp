#include "engine/amst/stream_climber.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

namespace dwcp::amst {
namespace {

using namespace std::chrono_literals;

// A path that carries `rate(streams)` bytes per second, and opens what is asked for at once.
class Climb {
 public:
  explicit Climb(StreamClimber::Bounds bounds, std::function<double(unsigned)> rate)
      : climber_(bounds, TimePoint{}), rate_(std::move(rate)) {}

  void run(Duration time, bool busy = true) {
    for (const TimePoint end = now_ + time; now_ < end; now_ += 250ms) {
      const unsigned open = climber_.target();
      ++seen[open];
      carried_ += rate_(open) / 4;
      if (open != before_) ++changes;
      before_ = open;
      climber_.look(Bytes(static_cast<std::uint64_t>(carried_)), open, busy, 50ms, now_ + 250ms);
    }
  }
  void becomes(std::function<double(unsigned)> rate) { rate_ = std::move(rate); }
  unsigned target() const { return climber_.target(); }

  // What there was for most of the time.
  unsigned usual() const {
    return std::ranges::max_element(seen, {}, [](const auto& of) { return of.second; })->first;
  }

  std::map<unsigned, unsigned> seen;  // how often
  unsigned changes = 0;

 private:
  StreamClimber climber_;
  std::function<double(unsigned)> rate_;
  TimePoint now_{};
  double carried_ = 0;
  unsigned before_ = 0;
};

double each_adds(unsigned streams) { return 1e6 * streams; }
double one_fills_it(unsigned) { return 12e6; }

TEST(StreamClimber, TakesAllWhereEachAddsItsShare) {
  Climb climb({1, 16}, each_adds);
  climb.run(30s);
  EXPECT_EQ(climb.target(), 16u);
}

TEST(StreamClimber, GoesDownToOneWhereOneFillsThePath) {
  Climb climb({1, 16}, one_fills_it);
  climb.run(30s);
  EXPECT_EQ(climb.target(), 1u);
}

TEST(StreamClimber, StopsWhereMoreBringNothing) {
  Climb climb({1, 64}, [](unsigned streams) { return std::min(9e6, 1e6 * streams); });
  climb.run(100s);
  EXPECT_EQ(climb.usual(), 9u);
}

TEST(StreamClimber, RestsLongerAndLonger) {
  Climb climb({1, 16}, each_adds);
  climb.run(60s);
  climb.changes = 0;
  climb.run(600s);
  EXPECT_LE(climb.changes, 20u);
  EXPECT_EQ(climb.target(), 16u);
}

TEST(StreamClimber, NoticesThatThePathBecameAnother) {
  Climb climb({1, 16}, one_fills_it);
  climb.run(60s);
  climb.becomes(each_adds);
  climb.run(300s);
  EXPECT_EQ(climb.target(), 16u);
}

TEST(StreamClimber, KeepsItsBounds) {
  Climb climb({2, 6}, each_adds);
  climb.run(100s);
  climb.becomes(one_fills_it);
  climb.run(400s);
  EXPECT_GE(climb.seen.begin()->first, 2u);
  EXPECT_LE(climb.seen.rbegin()->first, 6u);
}

TEST(StreamClimber, LearnsNothingFromPauses) {
  Climb climb({1, 16}, each_adds);
  climb.run(30s, false);
  EXPECT_EQ(climb.target(), 4u);
}

TEST(StreamClimber, TriesNothingWithinOneNumber) {
  Climb climb({8, 8}, each_adds);
  climb.run(60s);
  EXPECT_EQ(climb.seen.size(), 1u);
  EXPECT_EQ(climb.target(), 8u);
}

}  // namespace
}  // namespace dwcp::amst
