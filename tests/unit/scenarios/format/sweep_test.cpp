#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "scenarios/format/load.hpp"
#include "scenarios/format/new_scenario.hpp"

namespace dwcp::scenarios {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* swept_text = R"(name: test/swept
topology:
  hosts: {a: {}, b: {}}
  links:
    - {name: wan, between: [a, b], rate: 1Gbit/s, delay: 40ms}
vms: {v: {host: a}}
events:
  - {at: 1s, migrate: {vm: v, to: b}}
sweep:
)";

class Sweep : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(file_); }
  Result<std::vector<Scenario>> load(const std::string& sweep, const std::vector<std::string>& overrides = {}) {
    std::ofstream(file_) << swept_text << sweep;
    return load_sweep(file_, overrides);
  }
  const std::filesystem::path file_ =
      std::filesystem::path(testing::TempDir()) / ("dwcp-sweep-" + std::to_string(getpid()) + ".yaml");
};

TEST_F(Sweep, MakesAScenarioOfEachCombination) {
  const auto all = load("  topology.links.wan.loss: [0%, 1%]\n  engine.streams: [1, 4, 8]\n").value();
  ASSERT_EQ(all.size(), 6u);
  EXPECT_THAT(all[0].swept, ElementsAre("engine.streams=1", "topology.links.wan.loss=0%"));
  EXPECT_THAT(all[5].swept, ElementsAre("engine.streams=8", "topology.links.wan.loss=1%"));
  EXPECT_EQ(all[5].engine.streams, 8u);
  EXPECT_DOUBLE_EQ(all[5].topology.links[0].loss.value, 0.01);
  EXPECT_DOUBLE_EQ(all[4].topology.links[0].loss.value, 0);
}

TEST_F(Sweep, WhatIsOverriddenIsNotSwept) {
  const auto all =
      load("  engine.streams: [1, 4]\n  topology.links.wan.loss: [0%, 1%]\n", {"engine.streams=2"}).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].engine.streams, 2u);
  EXPECT_THAT(all[1].swept, ElementsAre("topology.links.wan.loss=1%"));
}

TEST_F(Sweep, AScenarioWithoutOneIsJustThat) {
  const auto all = load("  {}\n").value();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_TRUE(all[0].swept.empty());
}

TEST_F(Sweep, WrongOnesAreRefusedWithTheirPlace) {
  const auto refused = [&](const std::string& sweep) {
    const auto loaded = load(sweep);
    return loaded ? std::string("was accepted") : loaded.error().message();
  };
  EXPECT_THAT(refused("  engine.streams: [1, 0]\n"), AllOf(HasSubstr(":10:23"), HasSubstr("engine.streams")));
  EXPECT_THAT(refused("  engine.streams: 3\n"), AllOf(HasSubstr(":10:"), HasSubstr("a list")));
  EXPECT_THAT(refused("  engine.streams: []\n"), AllOf(HasSubstr(":10:3"), HasSubstr("no values")));
  EXPECT_THAT(refused("  engine.streems: [1]\n"), HasSubstr("did you mean 'streams'"));
  EXPECT_THAT(refused("  topology.links.lan.loss: [1%]\n"), HasSubstr("no item 'lan'"));
  std::string many = "  seed: [1";
  for (std::size_t i = 0; i < sweep_points_max; ++i) many += ", 2";
  EXPECT_THAT(refused(many + "]\n"), HasSubstr("more than 1000 combinations"));
}

TEST(NewScenario, IsValidAndNamedAsItShouldBe) {
  const std::string text = new_scenario("internet/my-wan").value();
  const auto scenario = read_scenario(parse_document(text, "new.yaml").value(), "new.yaml");
  ASSERT_TRUE(scenario) << scenario.error().message();
  EXPECT_EQ(scenario->name, "internet/my-wan");
  for (const char* wrong : {"", "wan", "/wan", "internet/", "a/b/c", "../x", "Inter/x", "a b/c"})
    EXPECT_FALSE(new_scenario(wrong)) << wrong;
}

}  // namespace
}  // namespace dwcp::scenarios
