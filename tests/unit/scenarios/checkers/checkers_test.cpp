#include <gmock/gmock.h>

#include "scenarios/checkers/bounded_queues.hpp"
#include "scenarios/checkers/memory_equal.hpp"
#include "scenarios/checkers/nothing_leaks.hpp"
#include "scenarios/checkers/one_owner.hpp"
#include "scenarios/checkers/session_accounts.hpp"

namespace dwcp::scenarios {
namespace {

using migration::GuestState;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

TEST(OneOwner, AcceptsAHandOver) {
  OneOwner checker({"v"});
  checker.on_guest({0s, "a", "v", GuestState::running});
  checker.on_guest({1s, "b", "v", GuestState::paused});
  EXPECT_FALSE(checker.settled());
  checker.on_guest({2s, "a", "v", GuestState::paused});
  checker.on_guest({3s, "b", "v", GuestState::running});
  checker.on_guest({4s, "a", "v", GuestState::absent});
  EXPECT_TRUE(checker.settled());
  checker.at_end(5s);
  EXPECT_THAT(checker.findings(), IsEmpty());
  EXPECT_EQ(checker.lost() + checker.doubled(), 0u);
}

TEST(OneOwner, SeesTwoRunners) {
  OneOwner checker({"v"});
  checker.on_guest({0s, "a", "v", GuestState::running});
  checker.on_guest({1s, "b", "v", GuestState::running});
  ASSERT_THAT(checker.findings(), SizeIs(1));
  EXPECT_EQ(checker.findings()[0].time, 1s);
  EXPECT_THAT(checker.findings()[0].detail, HasSubstr("several hosts: a, b"));
  // Even when it is over soon.
  checker.on_guest({2s, "a", "v", GuestState::absent});
  EXPECT_EQ(checker.doubled(), 1u);
}

TEST(OneOwner, SeesAVmThatIsNowhereAndACopyThatIsLeft) {
  OneOwner lost({"v"});
  lost.on_guest({0s, "a", "v", GuestState::paused});
  lost.at_end(9s);
  ASSERT_THAT(lost.findings(), SizeIs(1));
  EXPECT_THAT(lost.findings()[0].detail, HasSubstr("runs nowhere; it is paused on a"));
  EXPECT_EQ(lost.lost(), 1u);

  OneOwner left({"v"});
  left.on_guest({0s, "a", "v", GuestState::running});
  left.on_guest({0s, "b", "v", GuestState::paused});
  left.at_end(9s);
  ASSERT_THAT(left.findings(), SizeIs(1));
  EXPECT_EQ(left.lost(), 0u);
}

TEST(MemoryEqual, ComparesWhenAnotherHostBeginsToRun) {
  std::vector<std::string> compared;
  std::vector<std::uint64_t> wrong;
  MemoryEqual checker([&](const std::string& vm, const std::string& source, const std::string& destination) {
    compared.push_back(vm + " " + source + " " + destination);
    return wrong;
  });
  checker.on_guest({0s, "a", "v", GuestState::running});
  checker.on_guest({1s, "a", "v", GuestState::paused});
  checker.on_guest({2s, "a", "v", GuestState::running});
  EXPECT_THAT(compared, IsEmpty());
  wrong = {7, 8};
  checker.on_guest({3s, "b", "v", GuestState::running});
  EXPECT_THAT(compared, testing::ElementsAre("v a b"));
  EXPECT_EQ(checker.wrong_pages("v"), 2u);
  ASSERT_THAT(checker.findings(), SizeIs(1));
  EXPECT_THAT(checker.findings()[0].detail, HasSubstr("2 pages on b differ from those on a: 7, 8"));
}

TEST(BoundedQueues, ComparesThePeakWithTheBound) {
  BoundedQueues checker;
  checker.on_session(1s, "v", MiB(64), MiB(64));
  EXPECT_THAT(checker.findings(), IsEmpty());
  checker.on_session(2s, "v", MiB(65), MiB(64));
  EXPECT_THAT(checker.findings(), SizeIs(1));
  EXPECT_EQ(checker.peak(), MiB(65));
}

TEST(NothingLeaks, CountsWhatIsLeft) {
  NothingLeaks checker;
  { const auto frame = checker.frame(); }
  checker.at_end(1s);
  EXPECT_THAT(checker.findings(), IsEmpty());
  const auto held = checker.frame();
  checker.at_end(2s);
  EXPECT_THAT(checker.findings(), SizeIs(1));
}

// ---- session_accounts

struct Counts {
  std::uint64_t sent = 0, acknowledged = 0, received = 0, chunks_sent = 0, chunks_received = 0;
};
platform::Record ended(Duration at, const char* process, const char* session, Counts counts) {
  return {TimePoint(at),
          process,
          "amst.session_ended",
          {{"peer", "whoever"},
           {"session", session},
           {"sent_bytes", counts.sent},
           {"acknowledged_bytes", counts.acknowledged},
           {"received_bytes", counts.received},
           {"chunks_sent", counts.chunks_sent},
           {"chunks_received", counts.chunks_received}}};
}

TEST(SessionAccounts, AddUpWhereEachChunkCameOnce) {
  SessionAccounts checker;
  checker.on_record(ended(1s, "a/agent", "s", {.sent = 1000, .acknowledged = 900, .chunks_sent = 10}));
  checker.on_record(ended(1s, "a/agent", "t", {}));
  checker.on_record({TimePoint(1s), "a/agent", "agent.ready", {}});
  checker.on_record(ended(2s, "b/agent", "s", {.received = 950, .chunks_received = 9}));
  EXPECT_EQ(checker.compared(), 1u);
  EXPECT_THAT(checker.findings(), IsEmpty());
}

TEST(SessionAccounts, SeeAChunkThatWasCountedTwice) {
  SessionAccounts checker;
  checker.on_record(ended(1s, "b/agent", "s", {.received = 1100, .chunks_received = 11}));
  checker.on_record(ended(2s, "a/agent", "s", {.sent = 1000, .acknowledged = 1000, .chunks_sent = 10}));
  ASSERT_THAT(checker.findings(), SizeIs(2));
  EXPECT_EQ(checker.findings()[0].time, 2s);
  EXPECT_EQ(checker.findings()[0].detail, "b/agent received 1100 bytes, a/agent sent 1000");
  EXPECT_EQ(checker.findings()[1].detail, "b/agent received 11 chunks, a/agent sent 10");
}

TEST(SessionAccounts, SeeWhatWasAcknowledgedAndNeverArrived) {
  SessionAccounts checker;
  checker.on_record(ended(1s, "a/agent", "s", {.sent = 1000, .acknowledged = 1000, .chunks_sent = 10}));
  checker.on_record(ended(2s, "b/agent", "s", {.received = 900, .chunks_received = 9}));
  ASSERT_THAT(checker.findings(), SizeIs(1));
  EXPECT_EQ(checker.findings()[0].detail, "b/agent received 900 bytes, a/agent was told of 1000");
}

TEST(SessionAccounts, RememberABoundedNumberOfSessions) {
  SessionAccounts checker;
  for (std::size_t i = 0; i <= SessionAccounts::waiting_max; ++i)
    checker.on_record(ended(1s, "a/agent", std::to_string(i).c_str(), {}));
  checker.on_record(ended(2s, "b/agent", "0", {}));
  EXPECT_EQ(checker.compared(), 0u);
  checker.on_record(ended(2s, "b/agent", "2", {}));
  EXPECT_EQ(checker.compared(), 1u);
}

}  // namespace
}  // namespace dwcp::scenarios
