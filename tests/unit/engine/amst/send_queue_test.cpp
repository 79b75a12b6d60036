#include "engine/amst/send_queue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dwcp::amst {
namespace {

constexpr ConnectionId first{1}, second{2};

std::vector<Slice> payload(std::size_t size) { return {Slice::adopt(ByteVector(size))}; }

class SendQueueTest : public ::testing::Test {
 protected:
  Sequence push(std::size_t size, Priority priority = Priority::background, bool barrier = false) {
    return queue_.push({Channel{}, priority, barrier}, payload(size));
  }
  std::uint64_t take(ConnectionId on = first, Bytes offset = Bytes(0)) {
    const auto chunk = queue_.take(on, offset);
    return chunk ? chunk->sequence.value : 0;
  }
  SendQueue queue_{Bytes(1000), Bytes(800)};
};

TEST_F(SendQueueTest, HigherPriorityOvertakes) {
  push(10);
  push(10, Priority::requested);
  push(10);
  push(10, Priority::switchover);
  EXPECT_EQ(take(), 4u);
  EXPECT_EQ(take(), 2u);
  EXPECT_EQ(take(), 1u);
  EXPECT_EQ(take(), 3u);
  EXPECT_EQ(take(), 0u);
}

TEST_F(SendQueueTest, SaysWhatIsOutOnWhichConnection) {
  push(10);
  push(20, Priority::requested);
  push(40);
  take(first);   // 2
  take(second);  // 1
  take(second);  // 3
  auto out = queue_.out();
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(out[first].bytes, Bytes(20));
  EXPECT_TRUE(out[first].urgent);
  EXPECT_EQ(out[second].bytes, Bytes(50));
  EXPECT_FALSE(out[second].urgent);
  EXPECT_FALSE(queue_.received({1, 2}).code);
  out = queue_.out();
  EXPECT_FALSE(out.contains(first));
  EXPECT_EQ(out[second].bytes, Bytes(40));
}

TEST_F(SendQueueTest, BackgroundLeavesAnEighthOfTheWindow) {
  push(875);
  EXPECT_FALSE(queue_.has_room(Priority::background, Bytes(1)));
  EXPECT_TRUE(queue_.has_room(Priority::requested, Bytes(125)));
  EXPECT_FALSE(queue_.has_room(Priority::requested, Bytes(126)));
}

TEST_F(SendQueueTest, WhatIsOutStaysWithinThePeersWindow) {
  push(500);
  push(300);
  push(50, Priority::requested);
  EXPECT_EQ(take(), 3u);
  EXPECT_EQ(take(), 1u);
  EXPECT_EQ(take(), 0u) << "300 more would exceed seven eighths of 800";
  std::vector<Sequence> released;
  EXPECT_FALSE(queue_.released({1, 1}, released).code);
  EXPECT_EQ(take(), 2u);
}

TEST_F(SendQueueTest, ABarrierWaitsUntilEverythingBeforeItIsOut) {
  push(10);
  push(10, Priority::switchover, true);
  EXPECT_EQ(take(), 1u);
  EXPECT_EQ(take(), 2u);
}

TEST_F(SendQueueTest, OnlyWhatWasNotReceivedIsSentAgain) {
  push(100);
  push(100);
  push(100);
  take(first, Bytes(0));
  take(second, Bytes(0));
  take(first, Bytes(128));
  EXPECT_FALSE(queue_.received({1, 1}).code);
  EXPECT_EQ(queue_.requeue(first, Bytes(1000)), 1u);
  const auto again = queue_.take(second, Bytes(0));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->sequence, Sequence(3));
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(take(), 0u);
}

TEST_F(SendQueueTest, OnlyBytesThatHadLeftCountAsRepeated) {
  push(100);
  push(100);
  take(first, Bytes(24));
  take(first, Bytes(152));
  queue_.requeue(first, Bytes(192));
  EXPECT_EQ(queue_.take(second, Bytes(0))->again, Bytes(100));
  EXPECT_EQ(queue_.take(second, Bytes(0))->again, Bytes(40));
}

TEST_F(SendQueueTest, AChunkThatArrivedAfterItWasQueuedAgainIsNotSent) {
  push(100);
  take();
  queue_.requeue(first, Bytes(200));
  EXPECT_TRUE(queue_.ready());
  EXPECT_FALSE(queue_.received({1, 1}).code);
  EXPECT_FALSE(queue_.ready());
  EXPECT_EQ(queue_.unreleased(), Bytes(100));
}

TEST_F(SendQueueTest, ReleaseMakesRoomAndIsToldOnce) {
  push(100);
  push(200);
  take();
  take();
  std::vector<Sequence> released;
  EXPECT_FALSE(queue_.released({2, 2}, released).code);
  EXPECT_FALSE(queue_.released({1, 2}, released).code);
  EXPECT_THAT(released, testing::ElementsAre(Sequence(2), Sequence(1)));
  EXPECT_EQ(queue_.total(), Bytes(0));
  EXPECT_TRUE(queue_.all_released(Sequence(2)));
}

TEST_F(SendQueueTest, AcknowledgingWhatWasNeverSentIsAnError) {
  push(10);
  push(10);
  take();
  std::vector<Sequence> released;
  EXPECT_EQ(queue_.received({2, 2}).code, Errc::protocol_error);
  EXPECT_EQ(queue_.received({1, 2}).code, Errc::protocol_error);
  EXPECT_EQ(queue_.released({3, 3}, released).code, Errc::protocol_error);
  EXPECT_EQ(queue_.received({2, 1}).code, Errc::protocol_error);
  EXPECT_TRUE(released.empty());
}

TEST_F(SendQueueTest, TheNumberOfChunksIsBounded) {
  SendQueue queue(MiB(64), MiB(64));
  for (std::size_t i = 0; i < Limits::chunks_outstanding_max; ++i) {
    ASSERT_TRUE(queue.has_room(Priority::switchover, Bytes(1)));
    queue.push({}, payload(1));
  }
  EXPECT_FALSE(queue.has_room(Priority::switchover, Bytes(1)));
}

}  // namespace
}  // namespace dwcp::amst
