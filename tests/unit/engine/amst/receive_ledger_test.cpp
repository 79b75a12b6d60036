#include "engine/amst/receive_ledger.hpp"

#include <gtest/gtest.h>

namespace dwcp::amst {
namespace {

class ReceiveLedgerTest : public ::testing::Test {
 protected:
  bool arrive(std::uint64_t sequence, Priority priority = Priority::background, bool barrier = false) {
    return *ledger_.arrived(Sequence(sequence), {Channel{}, priority, barrier}, Slice::adopt(ByteVector(10)));
  }
  std::uint64_t next() {
    const auto delivery = ledger_.next();
    return delivery ? delivery->sequence.value : 0;
  }
  ReceiveLedger ledger_;
};

TEST_F(ReceiveLedgerTest, DeliversInAnyOrderHigherPrioritiesFirst) {
  arrive(5);
  arrive(2);
  arrive(9, Priority::switchover);
  EXPECT_EQ(next(), 9u);
  EXPECT_EQ(next(), 5u);
  EXPECT_EQ(next(), 2u);
  EXPECT_EQ(next(), 0u);
}

TEST_F(ReceiveLedgerTest, ARepetitionIsDroppedAlsoAfterRelease) {
  EXPECT_TRUE(arrive(1));
  EXPECT_FALSE(arrive(1));
  next();
  ledger_.release(Sequence(1));
  EXPECT_FALSE(arrive(1));
  EXPECT_EQ(next(), 0u);
  EXPECT_EQ(ledger_.held(), Bytes(0));
}

TEST_F(ReceiveLedgerTest, ABarrierWaitsForTheReleaseOfEverythingBefore) {
  arrive(3, Priority::switchover, true);
  arrive(1);
  arrive(4);
  EXPECT_EQ(next(), 1u);
  EXPECT_EQ(next(), 4u);
  ledger_.release(Sequence(1));
  EXPECT_EQ(next(), 0u) << "2 has not come yet";
  arrive(2);
  EXPECT_EQ(next(), 2u);
  EXPECT_EQ(next(), 0u) << "2 is not released yet";
  ledger_.release(Sequence(2));
  EXPECT_EQ(next(), 3u);
}

TEST_F(ReceiveLedgerTest, BarriersOpenOneAfterTheOther) {
  arrive(2, Priority::background, true);
  arrive(3, Priority::background, true);
  arrive(1);
  EXPECT_EQ(next(), 1u);
  ledger_.release(Sequence(1));
  EXPECT_EQ(next(), 2u);
  EXPECT_EQ(next(), 0u);
  ledger_.release(Sequence(2));
  EXPECT_EQ(next(), 3u);
}

TEST_F(ReceiveLedgerTest, OnlyWhatWasDeliveredCanBeReleased) {
  arrive(1);
  EXPECT_EQ(ledger_.release(Sequence(1)), Bytes(0));
  EXPECT_EQ(next(), 1u);
  EXPECT_EQ(ledger_.release(Sequence(1)), Bytes(10));
  EXPECT_EQ(ledger_.release(Sequence(1)), Bytes(0));
  EXPECT_EQ(ledger_.release(Sequence(77)), Bytes(0));
}

TEST_F(ReceiveLedgerTest, TellsNewsOnceAndEverythingAfterRejoining) {
  arrive(1);
  arrive(2);
  next();
  ledger_.release(Sequence(1));
  EXPECT_EQ(ledger_.news_received().take(10), (std::vector<Range>{{1, 2}}));
  EXPECT_EQ(ledger_.news_released().take(10), (std::vector<Range>{{1, 1}}));
  EXPECT_FALSE(ledger_.has_news());
  ledger_.tell_all();
  EXPECT_EQ(ledger_.news_received().all(), (std::vector<Range>{{1, 2}}));
  EXPECT_EQ(ledger_.news_released().all(), (std::vector<Range>{{1, 1}}));
}

TEST_F(ReceiveLedgerTest, ASenderBeyondTheBoundIsRefused) {
  for (std::uint64_t i = 1; i <= Limits::chunks_outstanding_max; ++i) arrive(2 * i);
  const auto result =
      ledger_.arrived(Sequence(2 * Limits::chunks_outstanding_max + 2), {}, Slice::adopt(ByteVector(10)));
  ASSERT_TRUE(result.has_error());
  EXPECT_EQ(result.error().code, Errc::protocol_error);
}

}  // namespace
}  // namespace dwcp::amst
