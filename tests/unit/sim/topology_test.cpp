#include "sim/topology.hpp"

#include <gtest/gtest.h>

#include "engine/base/error.hpp"

namespace dwcp::sim {
namespace {

using namespace std::chrono_literals;
using Links = std::vector<LinkIndex>;

Links path(const Topology& t, NodeIndex from, LinkIndex link, NodeIndex end) {
  return t.path(from, end, t.next_hops(link, end));
}

TEST(Topology, EveryEndOfEveryLinkHasAnAddressOfItsOwn) {
  Topology t;
  const auto a = t.add_node(false), b = t.add_node(false);
  const auto first = t.add_link(a, b, 1ms), second = t.add_link(a, b, 5ms);
  EXPECT_EQ(t.address(first, a), 0x0a000001u);  // 10.0.0.1
  EXPECT_EQ(t.address(first, b), 0x0a000002u);
  EXPECT_EQ(t.address(second, a), 0x0a000005u);
  EXPECT_EQ(path(t, a, second, b), Links{second});  // the address chooses the path
  EXPECT_EQ(path(t, b, first, a), Links{first});
  EXPECT_THROW(t.add_link(a, a, 1ms), Error);
}

// a - r1 - r2 - b, with a direct line r1 - r2 of 10 ms and a detour over r3 of 2 ms; a second uplink of b at r3.
TEST(Topology, RoutersForwardAlongTheCheapestWay) {
  Topology t;
  const auto a = t.add_node(false), b = t.add_node(false);
  const auto r1 = t.add_node(true), r2 = t.add_node(true), r3 = t.add_node(true);
  const auto a_r1 = t.add_link(a, r1, 0ms), b_r2 = t.add_link(b, r2, 0ms);
  const auto line = t.add_link(r1, r2, 10ms);
  const auto detour_1 = t.add_link(r1, r3, 1ms), detour_2 = t.add_link(r3, r2, 1ms);
  const auto b_r3 = t.add_link(b, r3, 0ms);
  EXPECT_EQ(path(t, a, b_r2, b), (Links{a_r1, detour_1, detour_2, b_r2}));
  EXPECT_EQ(path(t, a, b_r3, b), (Links{a_r1, detour_1, b_r3}));
  EXPECT_EQ(path(t, b, a_r1, a), (Links{b_r3, detour_1, a_r1}));
  EXPECT_EQ(path(t, a, line, r2), (Links{a_r1, line}));  // to the router's own address on that link
}

TEST(Topology, HostsDoNotForward) {
  Topology t;
  const auto a = t.add_node(false), between = t.add_node(false), b = t.add_node(false), island = t.add_node(false);
  t.add_link(a, between, 1ms);
  const auto far = t.add_link(between, b, 1ms);
  EXPECT_EQ(path(t, a, far, b), Links{});
  EXPECT_EQ(path(t, a, far, between), Links{});  // that address is on the far side
  EXPECT_EQ(path(t, island, far, b), Links{});
  EXPECT_EQ(path(t, between, far, b), Links{far});
}

}  // namespace
}  // namespace dwcp::sim
