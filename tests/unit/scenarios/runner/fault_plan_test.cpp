#include "scenarios/runner/fault_plan.hpp"

#include <gtest/gtest.h>

#include <set>

namespace dwcp::scenarios {
namespace {

using namespace std::chrono_literals;

Scenario two_hosts() {
  Scenario s;
  s.topology.hosts = {{"a", {}}, {"b", {}}};
  s.topology.links = {{.name = "one", .between = {"a", "b"}, .rate = BitRate(1)},
                      {.name = "two", .between = {"a", "b"}, .rate = BitRate(1)}};
  return s;
}

std::vector<std::string> lines(const Scenario& s, std::uint64_t seed) {
  std::vector<std::string> all;
  for (const FaultAction& action : plan_faults(s, seed))
    all.push_back(to_string(action.at) + " " + describe(action, s.topology));
  return all;
}

TEST(FaultPlan, UnrollsCutsAndFlapsInOrderOfTime) {
  Scenario s = two_hosts();
  Fault cut, flap, kill;
  cut.at = 5s;
  cut.cut = CutFault{"all", 10s};
  flap.at = 1s;
  flap.flap = FlapFault{.link = "two", .times = 2, .down = 100ms, .up = 200ms};
  kill.at = 2s;
  kill.kill = ProcessFault{"b", 1s};
  s.faults = {cut, flap, kill};
  EXPECT_EQ(lines(s, 1), (std::vector<std::string>{"1 s cut link two", "1.10 s restore link two", "1.30 s cut link two",
                                                   "1.40 s restore link two", "2 s kill the agent of b",
                                                   "3 s start the agent of b", "5 s cut link one", "5 s cut link two",
                                                   "15 s restore link one", "15 s restore link two"}));
}

TEST(FaultPlan, AnAdapterFailsForAWhileOrForGood) {
  Scenario s = two_hosts();
  Fault a_while, for_good;
  a_while.at = 5s;
  a_while.rdma_down = RdmaFault{"a", 10s};
  for_good.at = 6s;
  for_good.rdma_down = RdmaFault{"b", {}};
  s.faults = {a_while, for_good};
  EXPECT_EQ(lines(s, 1), (std::vector<std::string>{"5 s fail the RDMA adapter of a", "6 s fail the RDMA adapter of b",
                                                   "15 s restore the RDMA adapter of a"}));
}

TEST(FaultPlan, AHostIsShortOfMemoryForAWhileOrForGood) {
  Scenario s = two_hosts();
  Fault a_while, for_good;
  a_while.at = 5s;
  a_while.memory = MemoryFault{"a", MiB(8), 10s};
  for_good.at = 6s;
  for_good.memory = MemoryFault{"b", Bytes(0), {}};
  s.faults = {a_while, for_good};
  EXPECT_EQ(lines(s, 1), (std::vector<std::string>{"5 s leave 8 MiB of memory to the agent of a",
                                                   "6 s leave 0 B of memory to the agent of b",
                                                   "15 s give memory back to the agent of a"}));
}

TEST(FaultPlan, MemoryThatASeedDrawsIsBetweenNoneAndMuch) {
  Scenario s = two_hosts();
  Fault random;
  random.random = RandomFaults{
      .from = 1s, .until = 2s, .count_min = 1, .count_max = 4, .kinds = {RandomKind::memory}, .outage_max = 500ms};
  s.faults = {random};
  std::set<std::uint64_t> left;
  std::set<std::string> hosts;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto drawn = explicit_faults(s, seed);
    for (const Fault& fault : drawn.front()) {
      ASSERT_TRUE(fault.memory);
      left.insert(fault.memory->left.value);
      hosts.insert(fault.memory->host);
      EXPECT_LE(*fault.memory->lasting, 500ms);
    }
  }
  EXPECT_EQ(*left.begin(), 0u);
  EXPECT_EQ(*left.rbegin(), MiB(256).value);
  EXPECT_EQ(left.size(), 14u);
  EXPECT_EQ(hosts.size(), 2u);
}

TEST(FaultPlan, RandomFaultsFollowTheSeedAndTheirBounds) {
  Scenario s = two_hosts();
  Fault random;
  random.random =
      RandomFaults{.from = 1s, .until = 2s, .count_min = 2, .count_max = 5, .kinds = {}, .outage_max = 500ms};
  s.faults = {random};
  std::set<std::vector<std::string>> different;
  std::set<std::string> kinds;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    EXPECT_EQ(lines(s, seed), lines(s, seed));
    different.insert(lines(s, seed));
    const auto plan = plan_faults(s, seed);
    EXPECT_GE(plan.size(), 4u);  // each has a begin and an end
    for (const FaultAction& action : plan) {
      EXPECT_GE(action.at, 1s);
      EXPECT_LE(action.at, 2500ms + 1ms);
      kinds.insert(describe(action, s.topology).substr(0, 4));
    }
  }
  EXPECT_GT(different.size(), 45u);
  EXPECT_EQ(kinds, (std::set<std::string>{"cras", "cut ", "kill", "rest", "star"}));
}

// What is cut comes back, and who is killed is started: a run with random faults can settle.
TEST(FaultPlan, RandomFaultsEnd) {
  Scenario s = two_hosts();
  Fault random;
  random.random = RandomFaults{.from = 0s, .until = 2s, .count_min = 5, .count_max = 5, .kinds = {}, .outage_max = 1s};
  s.faults = {random};
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    int cut = 0, dead = 0;
    for (const FaultAction& fault : plan_faults(s, seed)) {
      cut += std::holds_alternative<CutLink>(fault.action) - std::holds_alternative<RestoreLink>(fault.action);
      dead += std::holds_alternative<EndProcess>(fault.action) - std::holds_alternative<StartProcess>(fault.action);
    }
    EXPECT_EQ(cut, 0);
    EXPECT_EQ(dead, 0);
  }
}

// A failure can be told without the seed that drew it.
TEST(FaultPlan, ExplicitFaultsHaveTheSamePlanAsTheRandomOnesThatTheyStandFor) {
  Scenario s = two_hosts();
  Fault random, kill;
  random.random = RandomFaults{.from = 0s, .until = 2s, .count_min = 3, .count_max = 6, .kinds = {}, .outage_max = 1s};
  kill.at = 1s;
  kill.kill = ProcessFault{"a", 100ms};
  s.faults = {random, kill, random};
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto faults = explicit_faults(s, seed);
    ASSERT_EQ(faults.size(), 3u);
    EXPECT_EQ(faults[1].size(), 1u);
    Scenario told = two_hosts();
    for (const auto& some : faults)
      for (const Fault& fault : some) {
        EXPECT_FALSE(fault.random);
        told.faults.push_back(fault);
      }
    EXPECT_EQ(lines(told, 99), lines(s, seed)) << seed;
  }
}

}  // namespace
}  // namespace dwcp::scenarios
