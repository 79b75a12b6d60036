#include "sim/rare_paths.hpp"

#include <set>

#include "engine/platform/deadline.hpp"
#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

double share(RarePaths& paths, std::string_view point) {
  Random random(7);
  int taken = 0;
  for (int i = 0; i < 10'000; ++i) taken += paths.take(point, random) ? 1 : 0;
  return taken / 10'000.0;
}

TEST(RarePaths, NoneWithoutBeingAskedFor) {
  RarePaths paths;
  EXPECT_EQ(share(paths, "a"), 0);
}

TEST(RarePaths, EachSeedDrawsWhichPointsAndHowOften) {
  std::set<double> seen;
  int off = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    RarePaths paths;
    paths.set(0.2, {}, seed);
    const double here = share(paths, "a");
    EXPECT_LE(here, 0.22);
    off += here == 0 ? 1 : 0;
    seen.insert(here);
    RarePaths same;
    same.set(0.2, {}, seed);
    EXPECT_EQ(share(same, "a"), here);
  }
  EXPECT_GT(off, 70);
  EXPECT_LT(off, 130);
  EXPECT_GT(seen.size(), 50u);
}

TEST(RarePaths, OnlyThoseThatAreNamed) {
  int some = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RarePaths paths;
    paths.set(1, {"a"}, seed);
    EXPECT_EQ(share(paths, "b"), 0);
    some += share(paths, "a") > 0 ? 1 : 0;
  }
  EXPECT_GT(some, 10);
}

TEST(RarePaths, AProcessTakesThem) {
  int taken = 0;
  for (int i = 0; i < 2; ++i) {
    Pair pair;
    if (i == 1) pair.world.set_rare_paths(1);
    auto& program = pair.world.start(pair.left, "p", [&](Platform& p) -> Task<void> {
      for (const char* point : {"a", "b", "c", "d", "e", "f", "g", "h"})
        for (int n = 0; n < 20; ++n) taken += p.maybe(point) ? 1 : 0;
      co_return;
    });
    pair.finish({&program});
    if (i == 0) {
      EXPECT_EQ(taken, 0);
    }
  }
  EXPECT_GT(taken, 0);
}

// ---- what never waits

TEST(Livelock, ProcessesThatOnlyWakeEachOtherAreStopped) {
  Pair pair;
  pair.world.start(pair.left, "busy", [&](Platform& p) -> Task<void> {
    co_await platform::sleep_for(p, 1s);
    for (;;) co_await asio::post(p.control(), asio::use_awaitable);
  });
  EXPECT_EQ(pair.world.run_until(at_time(1h)), Outcome::livelock);
  EXPECT_EQ(pair.world.now(), at_time(1s));
  EXPECT_NE(pair.world.livelock().find("handlers without waiting"), std::string::npos) << pair.world.livelock();
}

}  // namespace
}  // namespace dwcp::sim
