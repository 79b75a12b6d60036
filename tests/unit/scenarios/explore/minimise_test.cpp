#include "scenarios/explore/minimise.hpp"

#include <gtest/gtest.h>

#include <set>

#include "scenarios/explore/findings.hpp"
#include "tests/unit/scenarios/explore/documents.hpp"

namespace dwcp::scenarios {
namespace {

// Instead of runs: a predicate over scenarios.
class FakeOracle final : public FailureOracle {
 public:
  explicit FakeOracle(std::function<bool(const Scenario&)> fails) : fails_(std::move(fails)) {}

  std::optional<std::size_t> first_failing(const std::vector<Json>& candidates) override {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (stopped()) return std::nullopt;
      const auto scenario = scenario_of(candidates[i], "test.yaml");
      EXPECT_TRUE(scenario) << "asked for what cannot be: " << candidates[i].dump(1);
      ++asked_;
      const bool fails = scenario && fails_(*scenario);
      // What passed needs no second run.
      if (fails) return i;
      EXPECT_TRUE(passed_.insert(candidates[i].dump()).second) << candidates[i].dump(1);
    }
    return std::nullopt;
  }
  bool stopped() const override { return asked_ >= stop_after_; }
  void note(const std::string&, const Json&) override {}

  void stop_after(std::size_t questions) { stop_after_ = questions; }
  std::size_t asked() const { return asked_; }

 private:
  std::function<bool(const Scenario&)> fails_;
  std::set<std::string> passed_;
  std::size_t asked_ = 0, stop_after_ = static_cast<std::size_t>(-1);
};

bool kills(const Scenario& s, const std::string& host) {
  for (const Fault& fault : s.faults)
    if ((fault.kill && fault.kill->host == host) || (fault.crash && fault.crash->host == host)) return true;
  return false;
}
bool moves(const Scenario& s, const std::string& vm) {
  for (const Event& event : s.events)
    if (event.migrate && event.migrate->vm == vm) return true;
  return false;
}

TEST(Minimise, LeavesTheLeastThatFails) {
  FakeOracle oracle([](const Scenario& s) { return kills(s, "b") && moves(s, "one"); });
  const Minimised least = minimise(busy(), true, oracle);
  EXPECT_TRUE(least.reproduced);
  EXPECT_TRUE(least.complete);
  EXPECT_EQ(least.runs, oracle.asked());
  EXPECT_LT(least.runs, 60u);
  EXPECT_EQ(least.document, document_of_text(R"(name: test/busy
seed: 1
duration: 63s
topology:
  hosts: {a: {}, b: {}}
  links:
    - {name: first, between: [a, b], rate: 50Mbit/s, delay: 10ms}
vms:
  one: {host: a, memory: 1MiB}
events:
  - {at: 100ms, migrate: {vm: one, to: b}}
faults:
  - {at: 2s, kill: {host: b, restart_after: 1ms}}
)")
                                .root);
}

TEST(Minimise, KeepsFaultsThatFailOnlyTogether) {
  FakeOracle oracle([](const Scenario& s) {
    bool cut = false;
    for (const Fault& fault : s.faults) cut = cut || (fault.cut && fault.cut->lasting >= std::chrono::seconds(1));
    return cut && kills(s, "c");
  });
  const Minimised least = minimise(busy(), true, oracle);
  ASSERT_EQ(least.document["faults"].size(), 2u);
  EXPECT_EQ(least.document["faults"][0]["cut"]["link"], "first");
  EXPECT_EQ(least.document["faults"][1]["kill"]["host"], "c");
  // 3 s could be less, and no quarter less than what is left would do.
  const auto lasting = parse_duration(least.document["faults"][0]["cut"]["for"].get<std::string>()).value();
  EXPECT_GE(lasting, std::chrono::seconds(1));
  EXPECT_LE(lasting, std::chrono::milliseconds(1340));
  EXPECT_EQ(least.document["topology"]["hosts"].size(), 3u);  // the link joins a and b
  EXPECT_FALSE(least.document.contains("events"));
}

TEST(Minimise, ShrinksMemoryToWhatIsNeeded) {
  FakeOracle oracle([](const Scenario& s) { return s.vms.contains("one") && s.vms.at("one").memory >= MiB(20); });
  const Minimised least = minimise(busy(), true, oracle);
  const Bytes memory = parse_bytes(least.document["vms"]["one"]["memory"].get<std::string>()).value();
  EXPECT_GE(memory, MiB(20));
  EXPECT_LE(memory, MiB(27));
}

// Many faults, of which a few matter: far fewer runs than subsets, or than leaving out one after the other.
TEST(Minimise, FindsFewAmongManyFaults) {
  Json document = busy();
  for (int i = 0; i < 200; ++i)
    document["faults"].push_back({{"at", std::to_string(10 + i) + "s"}, {"cut", {{"link", "first"}, {"for", "1ms"}}}});
  FakeOracle oracle([](const Scenario& s) {
    std::set<std::int64_t> times;
    for (const Fault& fault : s.faults)
      if (fault.cut) times.insert(*fault.at / std::chrono::seconds(1));
    return times.contains(17) && times.contains(103);
  });
  const Minimised least = minimise(document, true, oracle);
  ASSERT_EQ(least.document["faults"].size(), 2u);
  EXPECT_EQ(least.document["faults"][0]["at"], "17s");
  EXPECT_EQ(least.document["faults"][1]["at"], "103s");
  EXPECT_LT(oracle.asked(), 150u);
}

TEST(Minimise, WhatDoesNotFailAgainIsLeftAsItWas) {
  FakeOracle oracle([](const Scenario&) { return false; });
  const Minimised least = minimise(busy(), true, oracle);
  EXPECT_FALSE(least.reproduced);
  EXPECT_FALSE(least.complete);
  EXPECT_EQ(least.document, busy());
  EXPECT_EQ(least.runs, 1u);
}

// Whenever it ends, what there is fails.
TEST(Minimise, MayBeStoppedAtAnyTime) {
  const auto fails = [](const Scenario& s) { return kills(s, "b") && moves(s, "one"); };
  FakeOracle whole(fails);
  const Json least = minimise(busy(), true, whole).document;
  for (std::size_t questions = 2; questions < whole.asked(); ++questions) {
    FakeOracle oracle(fails);
    oracle.stop_after(questions);
    const Minimised stopped = minimise(busy(), true, oracle);
    EXPECT_TRUE(fails(scenario_of(stopped.document, "test.yaml").value())) << questions;
    EXPECT_FALSE(stopped.complete) << questions;
    FakeOracle bounded(fails);
    const Minimised fewer = minimise(busy(), true, bounded, questions);
    EXPECT_LE(bounded.asked(), questions);
    EXPECT_TRUE(fails(scenario_of(fewer.document, "test.yaml").value())) << questions;
    EXPECT_FALSE(fewer.complete) << questions;
  }
}

TEST(Minimise, ARunWhoseDurationIsItsFailureKeepsIt) {
  FakeOracle oracle([](const Scenario&) { return true; });
  EXPECT_EQ(minimise(busy(), false, oracle).document["duration"], "600s");
}

}  // namespace
}  // namespace dwcp::scenarios
