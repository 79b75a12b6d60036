#include "scenarios/runner/experiment.hpp"

#include <gtest/gtest.h>

#include "scenarios/runner/job.hpp"

namespace dwcp::scenarios {
namespace {

using migration::GuestState;
using namespace std::chrono_literals;

class ExperimentTest : public testing::Test {
 protected:
  ExperimentTest() {
    scenario_.topology.hosts = {{"a", {}}, {"b", {}}};
    scenario_.topology.links = {{.name = "l", .between = {"a", "b"}, .rate = BitRate(1'000'000'000), .delay = 1ms}};
    scenario_.vms["v"].host = "a";
    Event event;
    event.at = 1s;
    event.migrate = MigrateEvent{"v", "b", {}};
    scenario_.events = {event};
    experiment_.emplace(scenario_, MiB(64), [this](const auto&, const auto&, const auto&) { return wrong_; });
    experiment_->guest_changed({0s, "a", "v", GuestState::running});
  }
  void expect(const std::string& that, bool abort = false, Duration after = 0s) {
    scenario_.expect.push_back({that, abort, after, parse_threshold(that).value()});
  }
  std::size_t begin() { return experiment_->begin_attempt(*scenario_.events[0].migrate, "a", 1s); }
  void hand_over() {
    experiment_->guest_changed({2s, "b", "v", GuestState::paused});
    experiment_->guest_changed({2s, "a", "v", GuestState::paused});
    experiment_->guest_changed({2s + 84ms, "b", "v", GuestState::running});
    experiment_->guest_changed({3s, "a", "v", GuestState::absent});
  }
  migration::Report completed() {
    migration::Report report;
    report.outcome = migration::Outcome::completed;
    report.total_time = 1100ms;
    report.transfer_time = 1s;
    report.bytes_acknowledged = Bytes(99'422'222);  // 80 % of what the link carries
    report.bytes_wire = Bytes(100'000'000);
    report.bytes_resent = Bytes(1'000'000);
    report.window_peak = MiB(3);
    report.classes[hde::PageClass::raw] = {10, Bytes(40960), Bytes(40960)};
    return report;
  }

  Scenario scenario_;
  std::vector<std::uint64_t> wrong_;
  std::optional<Experiment> experiment_;
};

TEST_F(ExperimentTest, ACompletedMigrationYieldsItsFigures) {
  const auto attempt = begin();
  EXPECT_FALSE(experiment_->settled());
  hand_over();
  experiment_->report(attempt, 2100ms, completed());
  EXPECT_TRUE(experiment_->settled());
  EXPECT_EQ(experiment_->host_of("v"), "b");
  experiment_->finish(3s);
  const auto result = experiment_->result(3s);
  EXPECT_TRUE(result.violations.empty());
  ASSERT_EQ(result.migrations.size(), 1u);
  EXPECT_EQ(result.migrations[0].outcome, "completed");
  EXPECT_EQ(result.migrations[0].downtime, 84ms);  // as the hosts saw it
  EXPECT_EQ(result.metric("migrations.completed"), 1);
  EXPECT_NEAR(*result.metric("amst.link_utilisation"), 0.8, 0.001);
  EXPECT_NEAR(*result.metric("amst.resent_ratio"), 0.01, 1e-9);
  EXPECT_EQ(result.metric("hde.class_bytes.raw"), 40960);
  EXPECT_EQ(result.metric("hde.class_bytes.zero"), 0);
  EXPECT_EQ(result.metric("vms.lost"), 0);
}

TEST_F(ExperimentTest, WithoutAReportTheVmsPlaceTells) {
  const auto attempt = begin();
  hand_over();
  experiment_->give_up(attempt, "the agent of a ended");
  EXPECT_EQ(experiment_->result(3s).migrations[0].outcome, "completed");
  EXPECT_EQ(experiment_->result(3s).migrations[0].reason, "the agent of a ended");
}

TEST_F(ExperimentTest, WrongPagesAndExcessOfTheWindowAreViolations) {
  wrong_ = {1, 2, 3};
  const auto attempt = begin();
  hand_over();
  auto report = completed();
  report.window_peak = MiB(65);
  experiment_->report(attempt, 2100ms, report);
  experiment_->finish(3s);
  const auto result = experiment_->result(3s);
  EXPECT_EQ(result.metric("memory.wrong_pages"), 3);
  EXPECT_EQ(result.migrations[0].wrong_pages, 3u);
  ASSERT_EQ(result.violations.size(), 2u);
  EXPECT_EQ(result.violations[0].checker, "memory_equal");
  EXPECT_EQ(result.violations[1].checker, "bounded_queues");
}

TEST_F(ExperimentTest, ALostVmIsCounted) {
  const auto attempt = begin();
  experiment_->guest_changed({2s, "a", "v", GuestState::paused});
  experiment_->give_up(attempt, "gone");
  EXPECT_FALSE(experiment_->settled());
  experiment_->finish(9s);
  const auto result = experiment_->result(9s);
  EXPECT_EQ(result.metric("vms.lost"), 1);
  EXPECT_EQ(result.violations.at(0).checker, "one_owner");
}

TEST_F(ExperimentTest, ThresholdsDecideTheVerdict) {
  expect("migrations.completed == 1");
  expect("migration.downtime_s < 80ms");
  const auto attempt = begin();
  hand_over();
  experiment_->report(attempt, 2100ms, completed());
  auto result = experiment_->result(3s);
  judge(scenario_, result);
  EXPECT_EQ(result.verdict, reports::Verdict::failed);
  EXPECT_TRUE(result.thresholds[0].ok);
  EXPECT_FALSE(result.thresholds[1].ok);
  EXPECT_DOUBLE_EQ(*result.thresholds[1].value, 0.084);
  scenario_.expect.pop_back();
  judge(scenario_, result);
  EXPECT_EQ(result.verdict, reports::Verdict::passed);
}

TEST_F(ExperimentTest, AMetricThatTheRunDidNotYieldFails) {
  expect("hde.ratio > 1");
  auto result = experiment_->result(1s);
  judge(scenario_, result);
  EXPECT_EQ(result.verdict, reports::Verdict::failed);
  EXPECT_FALSE(result.thresholds[0].value);
}

TEST_F(ExperimentTest, AThresholdMayEndTheRunFromItsTimeOn) {
  expect("memory.wrong_pages == 0", true, 2500ms);
  wrong_ = {1};
  begin();
  hand_over();
  experiment_->check_aborts(2400ms, [](reports::Result&) {});
  EXPECT_FALSE(experiment_->aborted());
  experiment_->check_aborts(2500ms, [](reports::Result&) {});
  EXPECT_TRUE(experiment_->aborted());
  EXPECT_EQ(experiment_->result(3s).reason, "'memory.wrong_pages == 0' does not hold at 2.50 s");
}

}  // namespace
}  // namespace dwcp::scenarios
