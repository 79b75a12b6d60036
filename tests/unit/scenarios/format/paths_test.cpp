#include "scenarios/format/paths.hpp"

#include <gmock/gmock.h>

namespace dwcp::scenarios {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Link link(const char* a, const char* b, std::uint64_t mbit, Duration delay) {
  Link made;
  made.between = {a, b};
  made.rate = BitRate(mbit * 1'000'000);
  made.delay = delay;
  return made;
}

//   a ==0,1== b      a --2-- s --3-- t --4-- c
//                            s ------5------ t (slower)      d --6-- c
Topology world() {
  Topology t;
  for (const char* host : {"a", "b", "c", "d"}) t.hosts[host] = {};
  t.switches = {"s", "t"};
  t.links = {link("a", "b", 100, 5ms),  link("b", "a", 50, 9ms),  link("a", "s", 1000, 1ms), link("s", "t", 400, 2ms),
             link("t", "c", 1000, 1ms), link("s", "t", 900, 7ms), link("d", "c", 10, 1ms)};
  return t;
}

TEST(Paths, DirectLinksAreOneEach) {
  const auto paths = paths_between(world(), "a", "b");
  ASSERT_EQ(paths.size(), 2u);
  EXPECT_THAT(paths[0].links, ElementsAre(0u));
  EXPECT_THAT(paths[1].links, ElementsAre(1u));
  EXPECT_EQ(rate_between(world(), "a", "b"), BitRate(150'000'000));
}

TEST(Paths, LeadOverSwitchesTheShortestWay) {
  const Topology t = world();
  const auto there = paths_between(t, "a", "c"), back = paths_between(t, "c", "a");
  ASSERT_EQ(there.size(), 1u);
  EXPECT_THAT(there[0].links, ElementsAre(2u, 3u, 4u));
  EXPECT_EQ(delay_of(t, there[0]), 4ms);
  EXPECT_EQ(rate_of(t, there[0]), BitRate(400'000'000));
  ASSERT_EQ(back.size(), 1u);
  EXPECT_THAT(back[0].links, ElementsAre(4u, 3u, 2u));
}

TEST(Paths, HostsPassNothingOn) {
  EXPECT_THAT(paths_between(world(), "a", "d"), IsEmpty());
  EXPECT_THAT(paths_between(world(), "b", "c"), IsEmpty());
}

TEST(Paths, WhatTwoOfThemShareCountsOnce) {
  Topology t;
  for (const char* host : {"a", "b"}) t.hosts[host] = {};
  t.switches = {"s"};
  t.links = {link("a", "s", 100, 1ms), link("s", "b", 100, 1ms), link("s", "b", 100, 1ms)};
  EXPECT_EQ(paths_between(t, "a", "b").size(), 2u);
  EXPECT_EQ(rate_between(t, "a", "b"), BitRate(100'000'000));
  EXPECT_EQ(rate_between(t, "b", "a"), BitRate(100'000'000));
}

TEST(Paths, TheFarthestHost) {
  EXPECT_EQ(farthest_from(world(), "a"), 5ms);
  EXPECT_EQ(farthest_from(world(), "d"), 1ms);
  Topology alone;
  alone.hosts["x"] = {};
  EXPECT_EQ(farthest_from(alone, "x"), 0ms);
}

}  // namespace
}  // namespace dwcp::scenarios
