#include "sim/clock.hpp"

#include "engine/base/random.hpp"
#include "engine/platform/deadline.hpp"
#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

TEST(Clock, IsTheVirtualTimeUntilItDrifts) {
  const Clock clock;
  EXPECT_EQ(clock.local(at_time(123456789ns)), at_time(123456789ns));
  EXPECT_EQ(clock.virtual_of(at_time(123456789ns)), at_time(123456789ns));
}

TEST(Clock, GainsAndLosesFromTheChangeOn) {
  Clock clock;
  clock.set_drift(1'000'000, at_time(10s));  // 0.1 %
  EXPECT_EQ(clock.local(at_time(10s)), at_time(10s));
  EXPECT_EQ(clock.local(at_time(11s)), at_time(11s + 1ms));
  clock.set_drift(-1'000'000, at_time(11s));
  EXPECT_EQ(clock.local(at_time(12s)), at_time(12s));
  clock.set_drift(0, at_time(13s));
  EXPECT_EQ(clock.local(at_time(23s)), at_time(23s - 1ms));
}

TEST(Clock, TheFirstInstantAtWhichItShowsATime) {
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    Clock clock;
    const TimePoint begun = at_time(Duration(static_cast<std::int64_t>(random.below(1'000'000'000'000))));
    const auto most = static_cast<std::uint64_t>(random.chance(0.5) ? 1000 : 2 * Clock::drift_max);
    clock.set_drift(static_cast<std::int64_t>(random.below(most + 1)) - static_cast<std::int64_t>(most / 2), begun);
    const TimePoint shown = clock.local(begun) + Duration(static_cast<std::int64_t>(random.below(1'000'000'000'000)));
    const TimePoint first = clock.virtual_of(shown);
    ASSERT_GE(clock.local(first), shown);
    if (first > begun) {
      ASSERT_LT(clock.local(first - 1ns), shown);
    }
  }
}

TEST(Clock, ProcessesLiveByTheirMachinesClock) {
  Pair pair;
  pair.left.clock().set_drift(Clock::drift_max, pair.world.now());  // three seconds for every two
  pair.left.clock().set_date_offset(-1h);
  TimePoint fast{}, right{};
  platform::WallTime date{};
  auto& a = pair.world.start(pair.left, "hurried", [&](Platform& p) -> Task<void> {
    date = p.wall_time();
    co_await platform::sleep_for(p, 3s);
    EXPECT_EQ(p.now(), at_time(3s));
    fast = pair.world.now();
  });
  auto& b = pair.world.start(pair.right, "steady", [&](Platform& p) -> Task<void> {
    EXPECT_EQ(p.wall_time() - date, 1h);
    co_await platform::sleep_for(p, 3s);
    right = pair.world.now();
  });
  pair.finish({&a, &b});
  EXPECT_EQ(fast, at_time(2s));
  EXPECT_EQ(right, at_time(3s));
}

TEST(Clock, ATimerThatIsArmedKeepsItsTimeWhenTheClockSlowsDown) {
  Pair pair;
  TimePoint over{};
  auto& program = pair.world.start(pair.left, "p", [&](Platform& p) -> Task<void> {
    co_await platform::sleep_for(p, 2s);
    EXPECT_EQ(p.now(), at_time(2s));
    over = pair.world.now();
  });
  pair.world.at(at_time(1s), [&] { pair.left.clock().set_drift(-Clock::drift_max, pair.world.now()); });
  pair.finish({&program});
  EXPECT_EQ(over, at_time(3s));
}

}  // namespace
}  // namespace dwcp::sim
