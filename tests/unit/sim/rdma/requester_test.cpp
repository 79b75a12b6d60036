#include "sim/rdma/requester.hpp"

#include <gtest/gtest.h>

namespace dwcp::sim::rdma {
namespace {

constexpr Psn start = 0xfffffe;  // the numbers wrap within each test

TEST(RdmaRequester, CutsAWriteIntoPackets) {
  Requester r(1000, start);
  r.post(5, 2500, 70, 9);
  r.post(0, 0, 0, 10);
  auto a = r.next(), b = r.next(), c = r.next(), d = r.next();
  EXPECT_EQ(a.header.opcode, Opcode::write_first);
  EXPECT_EQ(a.header.psn, 0xfffffeu);
  EXPECT_EQ(a.header.address, 70u);
  EXPECT_EQ(a.header.length, 2500u);
  EXPECT_EQ(b.header.opcode, Opcode::write_middle);
  EXPECT_EQ(b.from, 1005u);
  EXPECT_EQ(c.header.opcode, Opcode::write_last);
  EXPECT_EQ(c.header.psn, 0u);
  EXPECT_EQ(c.header.immediate, 9u);
  EXPECT_EQ(c.length, 500u);
  EXPECT_TRUE(c.header.ack_request);
  EXPECT_EQ(d.header.opcode, Opcode::write_only);
  EXPECT_EQ(d.length, 0u);
  EXPECT_FALSE(r.has_packet());
  EXPECT_EQ(r.unacknowledged(), 4u);
}

TEST(RdmaRequester, AcknowledgementsAreCumulativeAndOldOnesAreNoNews) {
  Requester r(1000, start);
  for (unsigned i = 0; i < 3; ++i) r.post(0, 2000, 0, i);
  for (int i = 0; i < 5; ++i) r.next();
  EXPECT_TRUE(r.acknowledge((start + 3) & psn_mask));  // the first write and half of the second
  EXPECT_TRUE(r.take_completed());
  EXPECT_FALSE(r.take_completed());
  EXPECT_FALSE(r.acknowledge((start + 3) & psn_mask));
  EXPECT_FALSE(r.acknowledge((start + 2) & psn_mask));
  EXPECT_FALSE(r.acknowledge((start + 6) & psn_mask)) << "never sent";
  EXPECT_TRUE(r.acknowledge((start + 5) & psn_mask));
  EXPECT_TRUE(r.take_completed());
  EXPECT_FALSE(r.take_completed());
  EXPECT_EQ(r.posted(), 1u);
}

TEST(RdmaRequester, GoesBackToTheOldestAndSkipsWhatALateAnswerBrings) {
  Requester r(1000, start);
  for (unsigned i = 0; i < 3; ++i) r.post(0, 2000, 0, i);
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(r.next().repeated);
  r.acknowledge((start + 1) & psn_mask);
  r.go_back();
  EXPECT_TRUE(r.is_oldest((start + 1) & psn_mask));
  auto again = r.next();
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.header.psn, (start + 1) & psn_mask);
  EXPECT_EQ(again.header.opcode, Opcode::write_last);
  r.acknowledge((start + 4) & psn_mask);  // of the first sending
  EXPECT_TRUE(r.take_completed());
  EXPECT_TRUE(r.take_completed());
  again = r.next();
  EXPECT_EQ(again.header.psn, (start + 4) & psn_mask);
  EXPECT_EQ(again.header.opcode, Opcode::write_first);
  EXPECT_EQ(r.unacknowledged(), 1u);
}

TEST(RdmaRequester, HalfOfTheNumbersMayBeUnderWay) {
  Requester r(1, start);
  r.post(0, unacknowledged_max + 5, 0, 0);
  while (r.has_packet()) r.next();
  EXPECT_EQ(r.unacknowledged(), unacknowledged_max);
  EXPECT_TRUE(r.acknowledge((start + 5) & psn_mask));
  EXPECT_TRUE(r.has_packet());
}

}  // namespace
}  // namespace dwcp::sim::rdma
