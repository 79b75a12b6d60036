#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "reports/compare/compare.hpp"
#include "tests/unit/reports/compare/runs_for_test.hpp"

namespace dwcp::reports {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> warnings_when(const std::function<void(reports::Run&)>& change) {
  const NamedRuns a = runs_of("a", "hde.ratio", {2, 3});
  NamedRuns b = a;
  for (Run& run : b.runs) change(run);
  return compare(a, b, {}).value().warnings;
}

TEST(Warnings, NoneWhereTheSidesAreAlike) {
  EXPECT_THAT(warnings_when([](reports::Run&) {}), IsEmpty());
}

TEST(Warnings, AnotherScenarioIsNotARegression) {
  EXPECT_THAT(warnings_when([](reports::Run& run) { run.scenario_hash = "other"; }),
              Contains(AllOf(HasSubstr("suite/case"), HasSubstr("different worlds"))));
}

TEST(Warnings, AnUnknownHashIsNoOtherScenario) {
  EXPECT_THAT(warnings_when([](reports::Run& run) { run.scenario_hash = ""; }), IsEmpty());
}

TEST(Warnings, TellOfFidelityMachineSetAndLibraries) {
  EXPECT_THAT(warnings_when([](reports::Run& run) { run.fidelity = "flow"; }), Contains(HasSubstr("fidelity")));
  EXPECT_THAT(warnings_when([](reports::Run& run) { run.machine = "another"; }),
              Contains(AllOf(HasSubstr("a machine"), HasSubstr("another"), HasSubstr("wall clock"))));
  EXPECT_THAT(warnings_when([](reports::Run& run) { run.overrides = {"engine.streams=2"}; }),
              Contains(HasSubstr("--set")));
  const NamedRuns a = [] {
    NamedRuns named = runs_of("a", "hde.ratio", {2});
    named.runs.front().versions = {{"zstd", "1.5.4"}};
    return named;
  }();
  NamedRuns b = a;
  b.runs.front().versions = {{"zstd", "1.5.7"}};
  EXPECT_THAT(compare(a, b, {}).value().warnings, Contains(AllOf(HasSubstr("1.5.4"), HasSubstr("1.5.7"))));
}

TEST(Warnings, MixedCommitsAreNamedAndTheNewestCounts) {
  NamedRuns a = runs_of("a", "hde.ratio", {2});
  auto older = a.runs.front();
  older.commit = "0000000";
  older.figures["hde.ratio"] = {9, {}};
  a.runs.insert(a.runs.begin(), older);  // sorted by age
  const auto comparison = compare(a, runs_of("b", "hde.ratio", {2}), {}).value();
  EXPECT_THAT(comparison.warnings, Contains(AllOf(HasSubstr("A mixes"), HasSubstr("0000000"))));
  EXPECT_EQ(metric_in(comparison, "hde.ratio").finding, Finding::same);
}

TEST(Warnings, OneSeedWithTwoFiguresIsNotDeterministic) {
  NamedRuns a = runs_of("a", "hde.ratio", {2});
  a.runs.push_back(a.runs.front());
  a.runs.back().figures["hde.ratio"] = {2.5, {}};
  const auto warnings = compare(a, runs_of("b", "hde.ratio", {2}), {}).value().warnings;
  EXPECT_THAT(warnings, Contains(AllOf(HasSubstr("not deterministic"), HasSubstr("hde.ratio"))));
}

}  // namespace
}  // namespace dwcp::reports
