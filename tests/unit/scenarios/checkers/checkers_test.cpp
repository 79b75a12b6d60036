#include <gmock/gmock.h>

#include "scenarios/checkers/bounded_queues.hpp"
#include "scenarios/checkers/memory_equal.hpp"
#include "scenarios/checkers/nothing_leaks.hpp"
#include "scenarios/checkers/one_owner.hpp"

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

}  // namespace
}  // namespace dwcp::scenarios
