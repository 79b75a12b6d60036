#include "scenarios/explore/parts.hpp"

#include <gtest/gtest.h>

#include "tests/unit/scenarios/explore/documents.hpp"

namespace dwcp::scenarios {
namespace {

const PartKind& kind(std::string_view name) {
  for (const PartKind& candidate : part_kinds())
    if (candidate.name == name) return candidate;
  throw Error(Errc::not_found, "no parts are called " + std::string(name));
}

bool can_be(const Json& document) { return scenario_of(document, "test.yaml").has_value(); }

Subset all_of(const PartKind& parts, const Json& document) {
  Subset all;
  for (std::size_t i = 0; i < parts.count(document); ++i) all.push_back(i);
  return all;
}

TEST(Parts, KeepingAllChangesNothing) {
  const Json document = busy();
  ASSERT_TRUE(can_be(document));
  for (const PartKind& parts : part_kinds())
    EXPECT_EQ(parts.keep(document, all_of(parts, document)), document) << parts.name;
}

TEST(Parts, AListThatIsEmptyGoes) {
  for (const auto& [name, key] : {std::pair("faults", "faults"), {"events", "events"}, {"expectations", "expect"}}) {
    const Json less = kind(name).keep(busy(), {});
    EXPECT_FALSE(less.contains(key));
    EXPECT_TRUE(can_be(less));
  }
}

TEST(Parts, AVmTakesItsEventsAlong) {
  const Json less = kind("VMs").keep(busy(), {0});
  EXPECT_EQ(less["vms"].size(), 1u);
  EXPECT_TRUE(less["vms"].contains("one"));
  ASSERT_EQ(less["events"].size(), 1u);
  EXPECT_EQ(less["events"][0]["migrate"]["vm"], "one");
  EXPECT_TRUE(can_be(less));
}

TEST(Parts, AHostTakesItsLinksFaultsAndMigrationsAlong) {
  const Json less = kind("hosts").keep(busy(), {0, 1});  // without c
  EXPECT_EQ(less["topology"]["hosts"].size(), 2u);
  EXPECT_EQ(less["topology"]["links"].size(), 2u);
  EXPECT_EQ(less["faults"].size(), 3u);
  EXPECT_EQ(less["events"].size(), 2u);  // the second VM stays where it is
  EXPECT_TRUE(can_be(less));
}

TEST(Parts, AHostTakesItsVmsAlong) {
  const Json less = kind("hosts").keep(busy(), {1, 2});
  EXPECT_TRUE(less["vms"].empty());
  EXPECT_FALSE(can_be(less));
}

TEST(Parts, ALinkTakesItsFaultsAlong) {
  const Json less = kind("links").keep(busy(), {1, 2});
  EXPECT_EQ(less["topology"]["links"].size(), 2u);
  ASSERT_EQ(less["faults"].size(), 3u);
  EXPECT_TRUE(less["faults"][1].contains("flap"));  // of all links
  EXPECT_TRUE(can_be(less));
}

// a - left - b, a - right - b, and a partition of a switch and a host.
Json switched() {
  return document_of_text(R"(name: test/switched
topology:
  hosts: {a: {}, b: {}}
  switches: [left, right]
  links:
    - {name: a-left, between: [a, left], rate: 1Gbit/s, delay: 1ms}
    - {name: left-b, between: [left, b], rate: 1Gbit/s, delay: 1ms, reorder: 1%}
    - {name: a-right, between: [a, right], rate: 1Gbit/s, delay: 1ms}
    - {name: right-b, between: [right, b], rate: 1Gbit/s, delay: 1ms}
vms:
  v: {host: a, memory: 4MiB}
events:
  - {at: 1s, migrate: {vm: v, to: b}}
faults:
  - {at: 2s, partition: {nodes: [left, b], for: 1s}}
  - {at: 3s, partition: {nodes: [left]}}
  - {at: 4s, cut: {link: left-b, for: 1s}}
)")
      .root;
}

TEST(Parts, ASwitchTakesItsLinksAlongAndLeavesPartitions) {
  const Json whole = switched();
  ASSERT_TRUE(can_be(whole));
  for (const PartKind& parts : part_kinds()) EXPECT_EQ(parts.keep(whole, all_of(parts, whole)), whole) << parts.name;
  const Json less = kind("switches").keep(whole, {1});  // without left
  EXPECT_EQ(less["topology"]["switches"], Json({"right"}));
  EXPECT_EQ(less["topology"]["links"].size(), 2u);
  ASSERT_EQ(less["faults"].size(), 1u);
  EXPECT_EQ(less["faults"][0]["partition"], Json({{"nodes", {"b"}}, {"for", "1s"}}));
  EXPECT_TRUE(can_be(less));
  EXPECT_FALSE(can_be(kind("switches").keep(whole, {})));  // no way is left
  EXPECT_FALSE(kind("switches").keep(whole, {})["topology"].contains("switches"));
}

TEST(Parts, SettingsGoWithTheMappingsThatHeldThem) {
  const Json less = kind("settings").keep(busy(), {});
  for (const char* key : {"mode", "engine"}) EXPECT_FALSE(less.contains(key)) << key;
  EXPECT_FALSE(less["topology"].contains("sites"));
  EXPECT_EQ(less["topology"]["hosts"]["a"], Json::object());
  EXPECT_FALSE(less["topology"]["links"][1].contains("loss"));
  EXPECT_EQ(less["vms"]["one"], Json({{"host", "a"}, {"memory", "64MiB"}}));
  EXPECT_FALSE(less["events"][0]["migrate"].contains("policy"));
  EXPECT_TRUE(can_be(less));
  EXPECT_EQ(kind("settings").count(less), 0u);
}

TEST(Parts, EachSettingCanGoAlone) {
  const Json document = busy();
  const PartKind& settings = kind("settings");
  for (std::size_t i = 0; i < settings.count(document); ++i) {
    Subset kept = all_of(settings, document);
    kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(i));
    const Json less = settings.keep(document, kept);
    EXPECT_EQ(settings.count(less), settings.count(document) - 1);
    EXPECT_TRUE(can_be(less)) << less.dump(1);
  }
}

}  // namespace
}  // namespace dwcp::scenarios
