#include "engine/node/job_board.hpp"

#include <gmock/gmock.h>

namespace dwcp::node {
namespace {

using testing::HasSubstr;

constexpr TimePoint at(int s) { return TimePoint(std::chrono::seconds(s)); }

Order order(const std::string& vm) {
  Order wanted;
  wanted.vm = VmId(vm);
  wanted.to = "host-b";
  return wanted;
}

TEST(JobBoard, HasOneJobUnderWayForEachVm) {
  JobBoard board;
  const JobPtr first = board.add(order("a"), {}, at(1)).value();
  EXPECT_EQ(first->state, JobState::waiting);
  const auto second = board.add(order("a"), {}, at(2));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, make_error_code(Errc::ownership_conflict));
  EXPECT_THAT(second.error().detail, HasSubstr("'a' waits its turn to 'host-b' already (job 1)"));
  board.begin(first->id, at(3));
  EXPECT_EQ(board.running(), 1u);
  board.end(first->id, {}, at(4));
  EXPECT_FALSE(board.under_way(VmId("a")));
  EXPECT_EQ(board.latest(VmId("a")), first);
  const JobPtr third = board.add(order("a"), {}, at(5)).value();
  EXPECT_EQ(third->id, JobId(2));
  EXPECT_EQ(board.latest(VmId("a")), third);
}

TEST(JobBoard, IsBounded) {
  JobBoard board;
  for (std::size_t i = 0; i < JobBoard::under_way_max; ++i) ASSERT_TRUE(board.add(order(std::to_string(i)), {}, at(0)));
  const auto more = board.add(order("more"), {}, at(0));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, make_error_code(Errc::out_of_budget));
}

TEST(JobBoard, ForgetsTheOldestThatEnded) {
  JobBoard board;
  const JobPtr stays = board.add(order("stays"), {}, at(0)).value();
  std::vector<JobPtr> ended;
  for (std::size_t i = 0; i < JobBoard::ended_max + 3; ++i) {
    ended.push_back(board.add(order("vm"), {}, at(0)).value());
    board.fail(ended.back()->id, Failure(Errc::cancelled, "x"), at(1));
  }
  EXPECT_EQ(board.all().size(), JobBoard::ended_max + 1);
  EXPECT_EQ(board.find(ended[2]->id), nullptr);
  EXPECT_EQ(board.find(ended[3]->id), ended[3]);
  EXPECT_EQ(board.find(stays->id), stays);
  EXPECT_EQ(ended[2]->failure.detail, "x");  // whoever holds it still has it
}

TEST(JobBoard, KeepsALongJobThatEndsAfterManyShortOnes) {
  JobBoard board;
  const JobPtr slow = board.add(order("slow"), {}, at(0)).value();
  std::vector<JobPtr> quick;
  for (std::size_t i = 0; i < JobBoard::ended_max; ++i) {
    quick.push_back(board.add(order("vm"), {}, at(0)).value());
    board.fail(quick.back()->id, Failure(Errc::cancelled, "x"), at(1));
  }
  board.begin(slow->id, at(0));
  board.end(slow->id, {}, at(1));
  EXPECT_EQ(board.find(slow->id), slow);
  EXPECT_EQ(board.find(quick[0]->id), nullptr);
  EXPECT_EQ(board.find(quick[1]->id), quick[1]);
}

TEST(JobBoard, TellsEveryChange) {
  JobBoard board;
  std::vector<JobState> seen;
  const auto watch = board.watch([&](const Job& job) { seen.push_back(job.state); });
  const JobId id = board.add(order("a"), {}, at(0)).value()->id;
  board.begin(id, at(0));
  board.progress(id, {});
  board.ask_cancel(id);
  board.end(id, {}, at(0));
  EXPECT_THAT(seen, testing::ElementsAre(JobState::waiting, JobState::running, JobState::running, JobState::running,
                                         JobState::ended));
  board.stop_watching(watch);
  ASSERT_TRUE(board.add(order("b"), {}, at(0)));
  EXPECT_EQ(seen.size(), 5u);
}

}  // namespace
}  // namespace dwcp::node
