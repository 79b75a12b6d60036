#include "scenarios/explore/concrete.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "scenarios/runner/fault_plan.hpp"
#include "tests/unit/scenarios/explore/documents.hpp"

namespace dwcp::scenarios {
namespace {

constexpr const char* drawn = R"(name: test/drawn
repeat: 7
topology:
  hosts: {a: {}, b: {}}
  links:
    - {between: [a, b], rate: 1Gbit/s, delay: 40ms}
    - {between: [a, b], rate: 1Gbit/s, delay: 41ms}
vms:
  v: {host: a, memory: 256MiB}
events:
  - {at: 1s, migrate: {vm: v, to: b}}
  - {at: 2s, cancel: v}
faults:
  - {at: 1500ms, cut: a--b}
  - random: {from: 1s, until: 2s, count_min: 2, count_max: 6}
  - {at: 4s, kill: a}
  - {at: 5s, partition: [a]}
  - random: {from: 1s, until: 2s, count_min: 1, count_max: 2, kinds: [crash]}
  - random: {from: 1s, until: 2s, count_min: 1, count_max: 2, kinds: [memory]}
expect:
  - vms.lost == 0
)";

std::vector<std::string> plan_of(const Scenario& scenario, std::uint64_t seed) {
  std::vector<std::string> lines;
  for (const FaultAction& action : plan_faults(scenario, seed))
    lines.push_back(std::to_string(action.at.count()) + " " + describe(action, scenario.topology));
  return lines;
}

TEST(ConcreteDocument, HasTheSameFaultsToTheNanosecond) {
  const Document document = document_of_text(drawn);
  const Scenario scenario = read_scenario(document, "test.yaml").value();
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto concrete = scenario_of(concrete_document(document, scenario, seed), "test.yaml");
    ASSERT_TRUE(concrete) << seed;
    EXPECT_EQ(concrete->seed, seed);
    EXPECT_EQ(concrete->repeat, 1u);
    for (const Fault& fault : concrete->faults) EXPECT_FALSE(fault.random);
    EXPECT_EQ(plan_of(*concrete, concrete->seed), plan_of(scenario, seed)) << seed;
  }
}

TEST(ConcreteDocument, WritesShortFormsOut) {
  const Document document = document_of_text(drawn);
  const Json root = concrete_document(document, read_scenario(document, "test.yaml").value(), 3);
  EXPECT_EQ(root["faults"].front()["cut"], Json({{"link", "a--b"}}));
  EXPECT_TRUE(std::ranges::any_of(root["faults"], [](const Json& fault) {
    return fault.contains("partition") && fault["partition"] == Json({{"nodes", {"a"}}});
  }));
  EXPECT_EQ(root["events"][1]["cancel"], Json({{"vm", "v"}}));
  EXPECT_EQ(root["topology"]["links"][1]["name"], "a--b-2");
}

TEST(ConcreteDocument, NamesImagesWhereverTheFileIsThen) {
  Document document = document_of_text(drawn);
  document.root["vms"]["v"]["image"] = "../memory.img";
  const Scenario scenario = read_scenario(document, "/data/scenarios/a.yaml").value();
  EXPECT_EQ(concrete_document(document, scenario, 1)["vms"]["v"]["image"], "/data/memory.img");
}

TEST(ScenarioOf, TellsWhatCannotBe) {
  Json root = busy();
  EXPECT_TRUE(scenario_of(root, "test.yaml"));
  root["topology"]["hosts"].erase("b");
  EXPECT_FALSE(scenario_of(root, "test.yaml"));
}

}  // namespace
}  // namespace dwcp::scenarios
