#include "scenarios/explore/values.hpp"

#include <gmock/gmock.h>

#include "scenarios/explore/quantities.hpp"
#include "tests/unit/scenarios/explore/documents.hpp"

namespace dwcp::scenarios {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(ExactText, LosesNothing) {
  EXPECT_EQ(exact_text(Duration(1234567891)), "1234567891ns");
  EXPECT_EQ(exact_text(Duration(1500ms)), "1500ms");
  EXPECT_EQ(exact_text(Duration(600s)), "600s");
  EXPECT_EQ(exact_text(Duration(7200s)), "2h");
  EXPECT_EQ(exact_text(Duration(0)), "0ns");
  EXPECT_EQ(exact_text(Bytes(3 << 20)), "3MiB");
  EXPECT_EQ(exact_text(Bytes((3 << 20) + 4096)), "3076KiB");
  EXPECT_EQ(exact_text(BitRate(8'100'000)), "8100kbit/s");
  for (const std::int64_t ns : {1LL, 999'999LL, 1'234'567'891'234LL})
    EXPECT_EQ(parse_duration(exact_text(Duration(ns))).value(), Duration(ns));
}

TEST(SmallerValues, AreBoldFirstAndEnd) {
  EXPECT_THAT(smaller_values(64, 0), ElementsAre(0, 4, 16, 32, 48));
  EXPECT_THAT(smaller_values(5, 4), ElementsAre(4));
  EXPECT_THAT(smaller_values(4, 4), IsEmpty());
  EXPECT_THAT(smaller_values(3, 4), IsEmpty());
  std::uint64_t value = ~0ULL;
  int steps = 0;
  for (; !smaller_values(value, 10).empty(); ++steps) value = smaller_values(value, 10).back();
  EXPECT_EQ(value, 10u);
  EXPECT_LT(steps, 200);
}

TEST(RounderDurations, AreBelowTheDuration) {
  EXPECT_THAT(rounder_durations(Duration(1234567891)), ElementsAre(1s, 1200ms, 1230ms, 1234ms));
  EXPECT_THAT(rounder_durations(1s), IsEmpty());
  EXPECT_THAT(rounder_durations(30ms), IsEmpty());
  EXPECT_THAT(rounder_durations(999us), IsEmpty());
}

// All steps, each as often as it yields anything: `choose` says which of the candidates is taken.
template <class Choose>
Json simplest(Json document, bool shorten, Choose&& choose) {
  for (const ValueStep& step : value_steps(document, shorten))
    for (int times = 0;; ++times) {
      const auto simpler = step.simpler(document);
      if (simpler.empty()) break;
      EXPECT_LT(times, 1000) << step.name;
      for (const Json& candidate : simpler) EXPECT_NE(candidate, document) << step.name;
      document = choose(simpler);
      EXPECT_TRUE(scenario_of(document, "test.yaml")) << step.name << document.dump(1);
    }
  return document;
}

// Boldest or mildest, there is an end, and everything on the way can be.
TEST(ValueSteps, EndWhateverIsTaken) {
  const Json boldest = simplest(busy(), true, [](const auto& simpler) { return simpler.front(); });
  const Json mildest = simplest(busy(), true, [](const auto& simpler) { return simpler.back(); });
  for (const Json& document : {boldest, mildest}) {
    EXPECT_EQ(document["vms"]["one"]["memory"], "1MiB");
    EXPECT_EQ(document["vms"]["one"]["dirty"]["pattern"], "constant");
    EXPECT_EQ(document["vms"]["one"]["dirty"]["rate"], "100kbit/s");
    ASSERT_EQ(document["faults"].size(), 4u);
    EXPECT_EQ(document["faults"][1]["kill"], Json({{"host", "b"}, {"restart_after", "1ms"}}));
    EXPECT_EQ(document["faults"][0]["cut"]["for"], "1ms");
    EXPECT_EQ(document["faults"][0]["at"], "1s");
  }
  EXPECT_EQ(boldest["faults"][2]["cut"], Json({{"link", "first"}, {"for", "1ms"}}));
}

TEST(ValueSteps, ARunKeepsTimeToSettle) {
  const auto duration = [](const Json& document) { return document["duration"].get<std::string>(); };
  const auto boldest = [](const auto& simpler) { return simpler.front(); };
  Json document = busy();
  document["faults"] = Json::array({{{"at", "100s"}, {"cut", {{"link", "first"}, {"for", "10500ms"}}}}});
  const auto steps = value_steps(document, true);
  const auto step = std::find_if(steps.begin(), steps.end(), [](const auto& s) { return s.name == "duration"; });
  ASSERT_NE(step, steps.end());
  const auto shorter = step->simpler(document);
  ASSERT_EQ(shorter.size(), 1u);
  EXPECT_EQ(duration(shorter.front()), "171s");  // the link is back at 110.5 s
  EXPECT_THAT(step->simpler(shorter.front()), IsEmpty());
  EXPECT_EQ(duration(simplest(busy(), false, boldest)), "600s");
}

TEST(ValueSteps, MakePartitionsSmaller) {
  Json document = busy();
  document["faults"] = Json::parse(R"([{"at": "1s", "partition": {"nodes": ["a", "b"], "for": "2s"}}])");
  const Json least = simplest(document, false, [](const auto& simpler) { return simpler.front(); });
  EXPECT_EQ(least["faults"][0]["partition"], Json({{"nodes", {"b"}}, {"for", "1ms"}}));
}

TEST(ValueSteps, PutFaultsInOrderOfTime) {
  Json document = busy();
  std::swap(document["faults"][0], document["faults"][3]);
  const auto steps = value_steps(document, false);
  const auto step = std::find_if(steps.begin(), steps.end(), [](const auto& s) { return s.name == "order of faults"; });
  ASSERT_NE(step, steps.end());
  const auto sorted = step->simpler(document);
  ASSERT_EQ(sorted.size(), 1u);
  EXPECT_EQ(sorted.front()["faults"][0]["at"], "1234567891ns");
  EXPECT_EQ(sorted.front()["faults"][3]["at"], "4s");
}

}  // namespace
}  // namespace dwcp::scenarios
