#include "engine/amst/rdma_ring.hpp"

#include <gtest/gtest.h>

namespace dwcp::amst {
namespace {

using namespace std::chrono_literals;
constexpr std::uint32_t slots = 8, slot_size = 4096;
constexpr TimePoint after(Duration d) { return TimePoint(d); }

TEST(RdmaRing, AnImmediateSaysWhatAndHowMuch) {
  const auto immediate = immediate_of(MessageKind::credits, 0x3fffffff);
  EXPECT_EQ(kind_of(immediate), MessageKind::credits);
  EXPECT_EQ(number_of(immediate), 0x3fffffffU);
}

TEST(RdmaRing, NoSlotIsWrittenBeforeItIsGivenBack) {
  SendRing ring(slots, 4);
  for (std::uint32_t i = 0; i < slots; ++i) {
    ASSERT_EQ(ring.data_slot(), i);
    ring.posted_data(Bytes(100), after(1ms));
  }
  EXPECT_FALSE(ring.data_slot());
  for (std::uint32_t i = 0; i < slots; ++i) ring.written(after(2ms));
  EXPECT_FALSE(ring.data_slot());  // it has arrived, and was not read
  EXPECT_FALSE(ring.given_back(2).code);
  EXPECT_EQ(ring.data_slot(), 0u);
}

TEST(RdmaRing, NorBeforeOurOwnMemoryIsFree) {
  SendRing ring(slots, 4);
  for (std::uint32_t i = 0; i < slots; ++i) ring.posted_data(Bytes(100), after(0ms));
  EXPECT_FALSE(ring.given_back(slots).code);
  EXPECT_FALSE(ring.data_slot());
  ring.written(after(1ms));
  EXPECT_EQ(ring.data_slot(), 0u);
}

TEST(RdmaRing, MoreThanIsOutCannotBeGivenBack) {
  SendRing ring(slots, 4);
  ring.posted_data(Bytes(100), after(0ms));
  EXPECT_EQ(ring.given_back(2).code, Errc::protocol_error);
  EXPECT_EQ(ring.given_back(0).code, Errc::protocol_error);
  EXPECT_FALSE(ring.given_back(1).code);
  EXPECT_EQ(ring.given_back(1).code, Errc::protocol_error);
}

TEST(RdmaRing, ControlMessagesAreBounded) {
  SendRing ring(slots, 2);
  EXPECT_TRUE(ring.may_post_control());
  ring.posted_control(after(0ms));
  ring.posted_control(after(0ms));
  EXPECT_FALSE(ring.may_post_control());
  EXPECT_EQ(ring.written(after(1ms)).length, Bytes(0));
  EXPECT_TRUE(ring.may_post_control());
}

TEST(RdmaRing, WhatWasDeliveredMeanwhileIsKnown) {
  SendRing ring(slots, 4);
  ring.posted_data(Bytes(100), after(0ms));
  ring.posted_data(Bytes(200), after(1ms));
  EXPECT_EQ(ring.under_way(), Bytes(300));
  const auto first = ring.written(after(5ms));
  EXPECT_EQ(first.took, 5ms);
  EXPECT_EQ(ring.delivered() - first.delivered_then, Bytes(100));
  const auto second = ring.written(after(6ms));
  EXPECT_EQ(second.took, 5ms);
  EXPECT_EQ(ring.delivered() - second.delivered_then, Bytes(300));
  EXPECT_EQ(ring.under_way(), Bytes(0));
}

TEST(RdmaRing, MessagesAreTakenInOrderAndGivenBackByTheQuarter) {
  ReceiveRing ring(slots, slot_size, 16);
  for (std::uint32_t i = 0; i < slots; ++i) ASSERT_FALSE(ring.arrived(100 + i).code);
  for (std::uint32_t i = 0; i < slots; ++i) {
    EXPECT_EQ(ring.front().offset, i * slot_size);
    EXPECT_EQ(ring.front().length, 100 + i);
    ring.pop();
    const bool quarter = i % 2 == 1;
    EXPECT_EQ(ring.to_give_back(), quarter ? 2u : 0u);
    if (quarter) ring.gave_back();
  }
  EXPECT_TRUE(ring.empty());
}

TEST(RdmaRing, APeerThatBreaksTheRulesIsFoundOut) {
  ReceiveRing ring(slots, slot_size, 16);
  EXPECT_EQ(ring.arrived(16).code, Errc::protocol_error);
  EXPECT_EQ(ring.arrived(slot_size + 1).code, Errc::protocol_error);
  for (std::uint32_t i = 0; i < slots; ++i) ASSERT_FALSE(ring.arrived(slot_size).code);
  EXPECT_EQ(ring.arrived(slot_size).code, Errc::protocol_error);
  ring.pop();
  EXPECT_EQ(ring.arrived(slot_size).code, Errc::protocol_error);  // its slot was not given back
}

}  // namespace
}  // namespace dwcp::amst
