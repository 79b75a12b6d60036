#include "engine/migration/kept_windows.hpp"

#include <gtest/gtest.h>

namespace dwcp::migration {
namespace {

using namespace std::chrono_literals;

hde::KeptWindow window(std::size_t bytes, std::uint64_t last = 9) {
  return {{{hde::BatchId(3), {std::make_shared<std::byte[]>(bytes), bytes}}}, hde::BatchId(last)};
}
constexpr TimePoint at(Duration d) { return TimePoint(d); }

const NodeId peer("b"), other("c");
WindowName name(const std::string& vm, std::uint64_t epoch = 1) { return {VmId(vm), Epoch(epoch)}; }

TEST(KeptWindows, AreOfOneGuestAndOnePeer) {
  KeptWindows kept(MiB(1), 1h);
  kept.keep(peer, name("web"), window(1000), at(0s));
  EXPECT_FALSE(kept.take_for(other, VmId("web"), true, at(1s)));
  EXPECT_FALSE(kept.take_for(peer, VmId("db"), false, at(1s)));
  EXPECT_FALSE(kept.take(peer, name("web", 2), VmId("web"), false, at(1s)));
  EXPECT_FALSE(kept.take(other, name("web"), VmId("web"), false, at(1s)));
  const auto taken = kept.take_for(peer, VmId("web"), false, at(1s));
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->name, name("web"));
  EXPECT_EQ(taken->window.last, hde::BatchId(9));
  EXPECT_FALSE(kept.take(peer, name("web"), VmId("web"), false, at(1s))) << "taken twice";
}

TEST(KeptWindows, MayBeSharedAndThenTheNewestIsTaken) {
  KeptWindows kept(MiB(1), 1h);
  for (const char* vm : {"one", "two", "three"}) kept.keep(peer, name(vm), window(1000), at(0s));
  kept.keep(other, name("four"), window(1000), at(0s));
  EXPECT_EQ(kept.take_for(peer, VmId("new"), true, at(1s))->name, name("three"));
  EXPECT_EQ(kept.take_for(peer, VmId("one"), true, at(1s))->name, name("one"));
}

// The peer names it: that it shares its own is not enough.
TEST(KeptWindows, OfAnotherGuestAreGivenOnlyWhereTheyAreShared) {
  KeptWindows kept(MiB(1), 1h);
  kept.keep(peer, name("web"), window(1000), at(0s));
  EXPECT_FALSE(kept.take(peer, name("web"), VmId("db"), false, at(1s)));
  EXPECT_TRUE(kept.take(peer, name("web"), VmId("db"), true, at(1s)));
}

TEST(KeptWindows, StayWithinTheirBudgetAndTime) {
  KeptWindows kept(KiB(10), 60s);
  kept.keep(peer, name("one"), window(KiB(6).value), at(0s));
  kept.keep(peer, name("two"), window(KiB(6).value), at(30s));
  EXPECT_EQ(kept.held(), KiB(6) + Bytes(hde::literals_overhead));
  EXPECT_FALSE(kept.take(peer, name("one"), VmId("one"), false, at(30s)));
  kept.keep(peer, name("large"), window(KiB(11).value), at(40s));
  EXPECT_EQ(kept.held(), KiB(6) + Bytes(hde::literals_overhead));
  kept.forget_old(at(89s));
  EXPECT_EQ(kept.held(), KiB(6) + Bytes(hde::literals_overhead));
  kept.forget_old(at(90s));
  EXPECT_EQ(kept.held(), Bytes(0));
  KeptWindows none(KiB(10), 0s);
  none.keep(peer, name("one"), window(1000), at(0s));
  EXPECT_EQ(none.held(), Bytes(0));
}

// A guest has one: what it left when it was last moved.
TEST(KeptWindows, ANewerOneTakesTheFormersPlace) {
  KeptWindows kept(MiB(1), 1h);
  kept.keep(peer, name("web", 1), window(1000), at(0s));
  kept.keep(peer, name("web", 2), window(2000), at(1s));
  EXPECT_EQ(kept.held(), Bytes(2000 + hde::literals_overhead));
  EXPECT_FALSE(kept.take(peer, name("web", 1), VmId("web"), false, at(2s)));
  EXPECT_TRUE(kept.take(peer, name("web", 2), VmId("web"), false, at(2s)));
}

}  // namespace
}  // namespace dwcp::migration
