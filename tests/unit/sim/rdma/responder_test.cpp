#include "sim/rdma/responder.hpp"

#include <gtest/gtest.h>

namespace dwcp::sim::rdma {
namespace {

constexpr std::uint32_t key = 77;
Header only(Psn psn, std::uint64_t address, std::uint32_t length, std::uint32_t its_key = key) {
  return {.opcode = Opcode::write_only,
          .ack_request = true,
          .psn = psn,
          .address = address,
          .key = its_key,
          .length = length};
}
Header first(Psn psn, std::uint64_t address, std::uint32_t length) {
  return {.opcode = Opcode::write_first, .psn = psn, .address = address, .key = key, .length = length};
}
Header last(Psn psn) { return {.opcode = Opcode::write_last, .ack_request = true, .psn = psn}; }

TEST(RdmaResponder, TakesPacketsInOrderOnceAndReportsAGapOnce) {
  Responder r(1000, key, 10, 0xffffff);
  auto v = r.take(first(0xffffff, 100, 30), 20);
  EXPECT_TRUE(v.store);
  EXPECT_EQ(v.at, 100u);
  EXPECT_FALSE(v.answer);
  v = r.take(last(1), 10);  // 0 is missing
  EXPECT_EQ(v.answer, Syndrome::sequence_error);
  EXPECT_EQ(r.expected(), 0u);
  v = r.take(last(2), 10);
  EXPECT_FALSE(v.answer);
  v = r.take(last(0), 10);
  EXPECT_EQ(v.answer, Syndrome::acknowledged);
  EXPECT_EQ(v.at, 120u);
  EXPECT_TRUE(v.arrived);
  EXPECT_EQ(r.messages(), 1u);
  v = r.take(last(0), 10);  // again
  EXPECT_FALSE(v.store);
  EXPECT_FALSE(v.arrived);
  EXPECT_EQ(v.answer, Syndrome::acknowledged);
  v = r.take(last(5), 10);
  EXPECT_EQ(v.answer, Syndrome::sequence_error) << "another gap";
}

TEST(RdmaResponder, RefusesWhatIsOutsideOrHasAWrongKey) {
  const auto take = [](const Header& h, std::size_t payload) { return Responder(1000, key, 1, 0).take(h, payload); };
  EXPECT_FALSE(take(only(0, 900, 100), 100).fatal);
  EXPECT_EQ(take(only(0, 901, 100), 100).answer, Syndrome::access_error);
  EXPECT_EQ(take(only(0, ~0ull, 100), 100).answer, Syndrome::access_error);
  EXPECT_EQ(take(only(0, 0, 1001), 1001).answer, Syndrome::access_error);
  EXPECT_EQ(take(only(0, 0, 1, key + 1), 1).answer, Syndrome::access_error);
  EXPECT_TRUE(take(only(0, 0, 1, key + 1), 1).fatal);
  EXPECT_FALSE(take(only(0, 5000, 0, key + 1), 0).fatal) << "nothing is written";
}

TEST(RdmaResponder, RefusesPacketsThatMakeUpNoWrite) {
  Responder no_begin(1000, key, 1, 0);
  EXPECT_EQ(no_begin.take(last(0), 10).answer, Syndrome::invalid_request);
  Responder two_begins(1000, key, 1, 0);
  two_begins.take(first(0, 0, 30), 20);
  EXPECT_EQ(two_begins.take(first(1, 0, 30), 20).answer, Syndrome::invalid_request);
  Responder too_short(1000, key, 1, 0);
  too_short.take(first(0, 0, 30), 20);
  EXPECT_EQ(too_short.take(last(1), 9).answer, Syndrome::invalid_request);
  Responder too_long(1000, key, 1, 0);
  EXPECT_EQ(too_long.take(first(0, 0, 30), 31).answer, Syndrome::invalid_request);
}

TEST(RdmaResponder, HoldsNoMoreArrivalsThanAgreed) {
  Responder r(1000, key, 2, 0);
  EXPECT_TRUE(r.take(only(0, 0, 0), 0).arrived);
  EXPECT_TRUE(r.take(only(1, 0, 0), 0).arrived);
  r.arrival_taken();
  EXPECT_TRUE(r.take(only(2, 0, 0), 0).arrived);
  const auto v = r.take(only(3, 0, 0), 0);
  EXPECT_EQ(v.answer, Syndrome::not_ready);
  EXPECT_TRUE(v.fatal);
}

}  // namespace
}  // namespace dwcp::sim::rdma
