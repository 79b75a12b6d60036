// Max-min fair shares: known cases, and random ones against a slow reference and against the definition.
#include "sim/flow/max_min.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/base/random.hpp"

namespace dwcp::sim::flow {
namespace {

MaxMin::FlowId start(MaxMin& shares, std::vector<MaxMin::LinkId> route, double limit = MaxMin::unlimited) {
  const auto flow = shares.add_flow(std::move(route));
  shares.set_limit(flow, limit);
  shares.set_active(flow, true);
  return flow;
}

TEST(MaxMin, OneLinkIsSharedEquallyAndWhatOneLeavesTheOthersTake) {
  MaxMin shares;
  const auto link = shares.add_link(90);
  const auto a = start(shares, {link}), b = start(shares, {link}), c = start(shares, {link});
  EXPECT_EQ(shares.update().size(), 3u);
  EXPECT_DOUBLE_EQ(shares.rate(a), 30);
  shares.set_limit(a, 10);
  shares.update();
  EXPECT_DOUBLE_EQ(shares.rate(a), 10);
  EXPECT_DOUBLE_EQ(shares.rate(b), 40);
  EXPECT_FALSE(shares.bottleneck(a));
  EXPECT_EQ(shares.bottleneck(b), link);
  shares.set_active(c, false);
  shares.update();
  EXPECT_DOUBLE_EQ(shares.rate(b), 80);
  EXPECT_DOUBLE_EQ(shares.rate(c), 0);
}

// The example of Bertsekas and Gallager: a long flow gets what its narrowest link leaves, the short ones the rest.
TEST(MaxMin, ALongFlowIsHeldBackWhereItsShareIsLeast) {
  MaxMin shares;
  const auto first = shares.add_link(100), second = shares.add_link(30);
  const auto along = start(shares, {first, second}), at_first = start(shares, {first}),
             at_second = start(shares, {second});
  shares.update();
  EXPECT_DOUBLE_EQ(shares.rate(along), 15);
  EXPECT_DOUBLE_EQ(shares.rate(at_second), 15);
  EXPECT_DOUBLE_EQ(shares.rate(at_first), 85);
  shares.set_capacity(second, 0);  // cut
  shares.update();
  EXPECT_DOUBLE_EQ(shares.rate(along), 0);
  EXPECT_DOUBLE_EQ(shares.rate(at_first), 100);
}

TEST(MaxMin, OnlyWhatIsJoinedToAChangeIsComputedAnew) {
  MaxMin shares;
  const auto here = shares.add_link(10), there = shares.add_link(10);
  const auto a = start(shares, {here});
  start(shares, {there});
  shares.update();
  start(shares, {there});
  const auto& changed = shares.update();
  EXPECT_EQ(std::count(changed.begin(), changed.end(), a), 0);
  EXPECT_EQ(changed.size(), 2u);
  EXPECT_TRUE(shares.update().empty());
}

TEST(MaxMin, ALimitThatNobodyNoticesChangesNothing) {
  MaxMin shares;
  const auto link = shares.add_link(100);
  const auto a = start(shares, {link}, 80);
  start(shares, {link});
  shares.update();
  shares.set_limit(a, 60);
  EXPECT_FALSE(shares.stale());
  shares.set_limit(a, 20);
  EXPECT_TRUE(shares.stale());
}

TEST(MaxMin, WithoutALinkAFlowHasItsLimit) {
  MaxMin shares;
  const auto inside = start(shares, {}, 7);
  shares.update();
  EXPECT_DOUBLE_EQ(shares.rate(inside), 7);
}

// ---- random worlds
struct World {
  std::vector<double> capacities;
  struct Flow {
    std::vector<MaxMin::LinkId> route;
    double limit;
    bool active;
  };
  std::vector<Flow> flows;
};

// All rates rise in step, found anew from the very beginning for each level.
std::vector<double> slow_reference(const World& world) {
  std::vector<double> rates(world.flows.size(), 0);
  std::vector<bool> rising;
  for (const auto& flow : world.flows) rising.push_back(flow.active);
  while (std::ranges::count(rising, true) > 0) {
    double step = MaxMin::unlimited;
    std::vector<double> room(world.capacities);
    std::vector<int> count(world.capacities.size(), 0);
    for (std::size_t f = 0; f < world.flows.size(); ++f)
      for (const auto link : world.flows[f].route) {
        room[link] -= rates[f];
        count[link] += rising[f] ? 1 : 0;
      }
    for (std::size_t link = 0; link < room.size(); ++link)
      if (count[link] > 0) step = std::min(step, std::max(room[link], 0.0) / count[link]);
    for (std::size_t f = 0; f < rates.size(); ++f)
      if (rising[f]) step = std::min(step, world.flows[f].limit - rates[f]);
    for (std::size_t f = 0; f < rates.size(); ++f)
      if (rising[f]) rates[f] += step;
    for (std::size_t f = 0; f < rates.size(); ++f) {
      if (!rising[f]) continue;
      bool held = rates[f] >= world.flows[f].limit * (1 - 1e-12);
      for (const auto link : world.flows[f].route) held = held || room[link] - count[link] * step <= 1e-9;
      if (held) rising[f] = false;
    }
  }
  return rates;
}

// Max-min fair means just this: each flow has its limit, or a full link on which nobody has more.
void expect_fair(const World& world, const std::vector<double>& rates, const MaxMin& shares) {
  std::vector<double> load(world.capacities.size(), 0), most(world.capacities.size(), 0);
  for (std::size_t f = 0; f < rates.size(); ++f)
    for (const auto link : world.flows[f].route) {
      load[link] += rates[f];
      most[link] = std::max(most[link], rates[f]);
    }
  for (std::size_t link = 0; link < load.size(); ++link) EXPECT_LE(load[link], world.capacities[link] + 1e-6);
  for (std::size_t f = 0; f < rates.size(); ++f) {
    if (!world.flows[f].active) continue;
    const auto by = shares.bottleneck(static_cast<MaxMin::FlowId>(f));
    if (!by) {
      EXPECT_DOUBLE_EQ(rates[f], world.flows[f].limit);
      continue;
    }
    EXPECT_NEAR(load[*by], world.capacities[*by], 1e-6);
    EXPECT_NEAR(rates[f], most[*by], 1e-6);
  }
}

TEST(MaxMin, AgreesWithTheSlowReferenceThroughRandomChanges) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    MaxMin shares;
    World world;
    const std::size_t links = 1 + random.below(8);
    for (std::size_t i = 0; i < links; ++i) {
      world.capacities.push_back(1 + static_cast<double>(random.below(100)));
      shares.add_link(world.capacities.back());
    }
    for (int change = 0; change < 60; ++change) {
      if (world.flows.size() < 3 || (world.flows.size() < 20 && random.chance(0.3))) {
        World::Flow flow{{}, random.chance(0.4) ? 1 + 40 * random.uniform() : MaxMin::unlimited, true};
        for (MaxMin::LinkId link = 0; link < links; ++link)
          if (random.chance(0.4)) flow.route.push_back(link);
        if (flow.route.empty()) flow.route.push_back(static_cast<MaxMin::LinkId>(random.below(links)));
        world.flows.push_back(flow);
        ASSERT_EQ(start(shares, flow.route, flow.limit), world.flows.size() - 1);
      } else if (random.chance(0.5)) {
        const auto f = random.below(world.flows.size());
        world.flows[f].active = !world.flows[f].active;
        shares.set_active(static_cast<MaxMin::FlowId>(f), world.flows[f].active);
      } else if (random.chance(0.5)) {
        const auto f = random.below(world.flows.size());
        world.flows[f].limit = random.chance(0.3) ? MaxMin::unlimited : 1 + 40 * random.uniform();
        shares.set_limit(static_cast<MaxMin::FlowId>(f), world.flows[f].limit);
      } else {
        const auto link = random.below(links);
        world.capacities[link] = static_cast<double>(random.below(100));
        shares.set_capacity(static_cast<MaxMin::LinkId>(link), world.capacities[link]);
      }
      if (random.chance(0.3)) continue;  // several changes at once
      std::vector<double> before;
      for (MaxMin::FlowId f = 0; f < world.flows.size(); ++f) before.push_back(shares.rate(f));
      std::vector<bool> told(world.flows.size(), false);
      for (const auto f : shares.update()) told[f] = true;
      const auto expected = slow_reference(world);
      std::vector<double> rates;
      for (MaxMin::FlowId f = 0; f < world.flows.size(); ++f) {
        rates.push_back(shares.rate(f));
        ASSERT_NEAR(rates[f], expected[f], 1e-6) << "seed " << seed << ", flow " << f << ", change " << change;
        ASSERT_EQ(told[f], world.flows[f].active && rates[f] != before[f]) << "seed " << seed << ", flow " << f;
      }
      expect_fair(world, rates, shares);
    }
  }
}

TEST(MaxMin, ARemovedFlowLeavesItsShareAndItsIdIsUsedAgain) {
  MaxMin shares;
  const auto link = shares.add_link(10);
  const auto a = start(shares, {link}), b = start(shares, {link});
  shares.update();
  shares.remove_flow(a);
  shares.update();
  EXPECT_DOUBLE_EQ(shares.rate(b), 10);
  EXPECT_EQ(shares.add_flow({link}), a);
  EXPECT_DOUBLE_EQ(shares.rate(a), 0);
}

}  // namespace
}  // namespace dwcp::sim::flow
