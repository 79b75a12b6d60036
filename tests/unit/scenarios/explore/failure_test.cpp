#include "scenarios/explore/failure.hpp"

#include <gtest/gtest.h>

#include "tests/unit/scenarios/explore/documents.hpp"

namespace dwcp::scenarios {
namespace {

using reports::Verdict;

class Failures : public testing::Test {
 protected:
  static reports::Result result(Verdict verdict, std::vector<std::string> outcomes = {"completed"}) {
    reports::Result r;
    r.verdict = verdict;
    for (std::string& outcome : outcomes) {
      r.migrations.emplace_back();
      r.migrations.back().outcome = std::move(outcome);
    }
    return r;
  }
  static reports::Result violated(const std::string& checker, const std::string& detail) {
    reports::Result r = result(Verdict::failed);
    r.violations.push_back({checker, Duration(1), detail});
    return r;
  }
  static reports::Result missed(const std::string& threshold, std::vector<std::string> outcomes) {
    reports::Result r = result(Verdict::failed, std::move(outcomes));
    r.thresholds.push_back({"vms.lost == 0", 0.0, true});
    r.thresholds.push_back({threshold, 7.0, false});
    return r;
  }
  static reports::Result aborted(const std::string& reason) {
    reports::Result r = result(Verdict::aborted, {"unfinished"});
    r.reason = reason;
    return r;
  }
  FailureMode mode(const reports::Result& r) const { return failure_of(scenario_, r).value(); }

  Scenario scenario_ = scenario_of(busy(), "test.yaml").value();
};

TEST_F(Failures, APassedRunHasNone) { EXPECT_FALSE(failure_of(scenario_, result(Verdict::passed))); }

TEST_F(Failures, AreNamedByCheckerThresholdOrAbort) {
  EXPECT_EQ(mode(violated("one_owner", "x")).kind, "one_owner");
  EXPECT_EQ(mode(missed("migration.rounds < 5", {})).kind, "migration.rounds < 5");
  EXPECT_EQ(mode(missed("migration.rounds < 5", {})).detail, "got 7");
  EXPECT_EQ(mode(aborted("why")).kind, kind_aborted);
}

TEST_F(Failures, OfACheckerAreAlikeInItsWordsNotInItsFigures) {
  const FailureMode wanted = mode(violated("one_owner", "VM 'one' runs on several hosts: a, b"));
  EXPECT_TRUE(fails_alike(wanted, violated("one_owner", "VM 'two' runs on several hosts: a, c, b")));
  EXPECT_FALSE(fails_alike(wanted, violated("one_owner", "VM 'one' runs nowhere")));
  EXPECT_FALSE(fails_alike(wanted, violated("memory_equal", "VM 'one' runs on several hosts: a, b")));
  EXPECT_FALSE(fails_alike(wanted, missed("migration.rounds < 5", {"completed"})));
  EXPECT_FALSE(fails_alike(wanted, result(Verdict::passed)));
  const FailureMode pages = mode(violated("memory_equal", "VM 'one': 3 pages on a differ from those on b: 1, 2, 3..."));
  EXPECT_TRUE(fails_alike(pages, violated("memory_equal", "VM 'two': 1 pages on c differ from those on a: 14")));
  const FailureMode size = mode(violated("bounded_queues", "migration of 'one': 1.50 MiB queued, of 64 KiB allowed"));
  EXPECT_TRUE(fails_alike(size, violated("bounded_queues", "migration of 'one': 3 GiB queued, of 2 B allowed")));
}

// What a run that is cut short leaves behind is not what a whole one does.
TEST_F(Failures, OfARunThatWasAbortedAreAnotherMatter) {
  const FailureMode wanted = mode(violated("one_owner", "VM 'one' runs nowhere"));
  reports::Result cut_short = violated("one_owner", "VM 'one' runs nowhere");
  EXPECT_TRUE(fails_alike(wanted, cut_short));
  cut_short.reason = "a migration was under way";
  EXPECT_FALSE(fails_alike(wanted, cut_short));
}

// Without the migration `migrations.completed == 2` fails, too, and so it does when one of two is left and completes.
TEST_F(Failures, OfAThresholdKeepWhatMigrationsCameTo) {
  const std::string threshold = "migrations.completed == 2";
  const FailureMode wanted = mode(missed(threshold, {"completed", "rolled_back"}));
  EXPECT_TRUE(fails_alike(wanted, missed(threshold, {"rolled_back"})));
  EXPECT_FALSE(fails_alike(wanted, missed(threshold, {"completed"})));
  EXPECT_FALSE(fails_alike(wanted, missed(threshold, {"unfinished"})));
  EXPECT_FALSE(fails_alike(wanted, missed(threshold, {"rolled_back", "unfinished"})));
  EXPECT_FALSE(fails_alike(wanted, missed(threshold, {})));
  EXPECT_FALSE(fails_alike(wanted, missed("migrations.completed == 1", {"rolled_back"})));
  const FailureMode slow = mode(missed("migration.total_time_s < 1", {"completed", "completed"}));
  EXPECT_TRUE(fails_alike(slow, missed("migration.total_time_s < 1", {"completed"})));
  EXPECT_FALSE(fails_alike(slow, missed("migration.total_time_s < 1", {"rolled_back"})));
  EXPECT_FALSE(fails_alike(slow, missed("migration.total_time_s < 1", {})));
}

TEST_F(Failures, ThatAreAbortsAreAlikeInTheirReason) {
  const FailureMode wanted = mode(aborted("'migration.rounds < 5' does not hold at 900 ms"));
  EXPECT_TRUE(fails_alike(wanted, aborted("'migration.rounds < 5' does not hold at 2.50 s")));
  EXPECT_FALSE(fails_alike(wanted, aborted("a migration was under way")));
}

TEST(KindInFileName, IsReadableAndSafe) {
  EXPECT_EQ(kind_in_file_name("one_owner"), "one_owner");
  EXPECT_EQ(kind_in_file_name("migration.total_time_s < 5s"), "migration.total_time_s-lt-5s");
  EXPECT_EQ(kind_in_file_name("migrations.completed==2"), "migrations.completed-eq-2");
  EXPECT_EQ(kind_in_file_name("a >= 1%"), "a-ge-1-");
  EXPECT_EQ(kind_in_file_name("../x"), "..-x");
  EXPECT_EQ(kind_in_file_name(std::string(1000, 'x')).size(), kind_name_max);
  EXPECT_EQ(kind_in_file_name("///"), "failure");
}

}  // namespace
}  // namespace dwcp::scenarios
