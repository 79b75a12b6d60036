#include "scenarios/explore/run_oracle.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/scenarios/explore/documents.hpp"

namespace dwcp::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr const char* threshold_of_test = "vms.lost == 0";

// The number of faults decides: three or more fail by the threshold, two crash, one passes. None never ends.
reports::Result judge_by_faults(const Job& job, const OnProgress&) {
  while (job.scenario.faults.empty()) pause();
  if (job.scenario.faults.size() == 2) abort();
  reports::Result result;
  result.metrics["vms.lost"] = job.scenario.faults.size() >= 3 ? 1.0 : 0.0;
  result.metrics["migrations.completed"] = 2.0;
  result.metrics["memory.wrong_pages"] = 0.0;
  return result;
}

class Oracle : public testing::Test {
 protected:
  Oracle() {
    wanted_.sort = FailureMode::Sort::threshold;
    wanted_.kind = threshold_of_test;
  }
  static Json with_faults(std::size_t count) {
    Json document = busy();
    document["faults"].erase(document["faults"].begin() + static_cast<std::ptrdiff_t>(count), document["faults"].end());
    return document;
  }
  std::optional<std::size_t> ask(unsigned jobs, const std::vector<std::size_t>& faults,
                                 RunOracle::Clock::duration time = 10min) {
    RunPool pool(jobs, 10min, work_, judge_by_faults);
    reports::ProgressLine line(true);
    RunOracle oracle(pool, wanted_, "test.yaml", "test", RunOracle::Clock::now() + time, line);
    std::vector<Json> candidates;
    for (const std::size_t count : faults) candidates.push_back(with_faults(count));
    const auto found = oracle.first_failing(candidates);
    EXPECT_TRUE(pool.idle());
    return found;
  }

  FailureMode wanted_;
  std::filesystem::path work_ =
      std::filesystem::path(testing::TempDir()) /
      ("dwcp-oracle-" + std::to_string(getpid()) + "-" + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(Oracle, NamesTheFirstThatFailsHoweverManyRunAtOnce) {
  for (const unsigned jobs : {1u, 2u, 5u}) {
    EXPECT_EQ(ask(jobs, {1, 1, 3, 1, 4, 3}), 2u) << jobs;
    EXPECT_EQ(ask(jobs, {4}), 0u) << jobs;
    EXPECT_EQ(ask(jobs, {1, 1, 1}), std::nullopt) << jobs;
    EXPECT_EQ(ask(jobs, {}), std::nullopt) << jobs;
  }
}

TEST_F(Oracle, ACandidateThatCrashesInsteadDoesNotCount) { EXPECT_EQ(ask(2, {2, 2, 3}), 2u); }

// What comes after the first that fails is not waited for.
TEST_F(Oracle, LaterCandidatesAreEnded) { EXPECT_EQ(ask(3, {1, 3, 0}), 1u); }

TEST_F(Oracle, StopsWhenTimeIsUp) { EXPECT_EQ(ask(1, {0, 3}, 20ms), std::nullopt); }

}  // namespace
}  // namespace dwcp::scenarios
