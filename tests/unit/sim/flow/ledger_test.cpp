// What a sender knows of its trains.
#include "sim/flow/ledger.hpp"

#include <gtest/gtest.h>

namespace dwcp::sim::flow {
namespace {

using namespace std::chrono_literals;

TimePoint at(Duration d) { return TimePoint(d); }

TEST(Ledger, WhatIsAcknowledgedIsInFlightNoMore) {
  Ledger ledger;
  const auto first = ledger.send(1000, at(0ms)), second = ledger.send(500, at(1ms));
  EXPECT_EQ(ledger.in_flight(), Bytes(1500));
  const auto delivery = ledger.acknowledge(first, 1000, at(10ms));
  EXPECT_EQ(delivery.delivered, Bytes(1000));
  EXPECT_EQ(delivery.rtt, 10ms);
  EXPECT_EQ(ledger.una(), 1000u);
  ledger.acknowledge(second, 500, at(11ms));
  EXPECT_TRUE(ledger.empty());
  EXPECT_EQ(ledger.in_flight(), Bytes(0));
  EXPECT_EQ(ledger.min_rtt(), 10ms);
}

TEST(Ledger, WhatALaterTrainOvertookIsLostAndSentAgain) {
  Ledger ledger;
  const auto first = ledger.send(1000, at(0ms)), second = ledger.send(1000, at(1ms));
  ledger.acknowledge(first, 400, at(10ms));
  EXPECT_FALSE(ledger.first_lost());  // the rest may still come
  ledger.acknowledge(second, 1000, at(11ms));
  EXPECT_EQ(ledger.lose_before(second.train, false), Bytes(600));
  ASSERT_TRUE(ledger.first_lost());
  EXPECT_EQ(ledger.first_lost()->piece, first.piece);
  EXPECT_EQ(ledger.first_lost()->size, 600u);
  EXPECT_EQ(ledger.in_flight(), Bytes(0));
  const auto again = ledger.resend(first.piece, 600, at(12ms));
  EXPECT_FALSE(ledger.first_lost());
  const auto delivery = ledger.acknowledge(again, 600, at(22ms));
  EXPECT_FALSE(delivery.rtt);  // whose it would be is not known
  EXPECT_TRUE(ledger.empty());
}

TEST(Ledger, ATrainThatWasTakenForLostMayArriveAllTheSame) {
  Ledger ledger;
  const auto first = ledger.send(1000, at(0ms));
  ledger.lose_all();
  EXPECT_EQ(ledger.first_lost()->size, 1000u);
  const auto again = ledger.resend(first.piece, 300, at(100ms));
  EXPECT_EQ(ledger.acknowledge(first, 1000, at(101ms)).delivered, Bytes(1000));
  EXPECT_FALSE(ledger.first_lost());
  EXPECT_TRUE(ledger.empty());
  EXPECT_EQ(ledger.acknowledge(again, 0, at(110ms)).delivered, Bytes(0));
  ledger.lose_all();
  EXPECT_EQ(ledger.in_flight(), Bytes(0));
}

TEST(Ledger, TheRateSampleIsWhatArrivedInARoundTrip) {
  Ledger ledger;
  std::deque<Ledger::Sent> sent;
  Ledger::Delivery delivery;
  // Ten trains of 1000 bytes in flight, one each millisecond.
  for (int ms = 0; ms < 40; ++ms) {
    if (ms >= 10) {
      delivery = ledger.acknowledge(sent.front(), 1000, at(std::chrono::milliseconds(ms)));
      sent.pop_front();
    }
    sent.push_back(ledger.send(1000, at(std::chrono::milliseconds(ms))));
  }
  EXPECT_EQ(delivery.sample_delivered, Bytes(10'000));
  EXPECT_EQ(delivery.interval, 10ms);
  EXPECT_FALSE(delivery.app_limited);
}

TEST(Ledger, AfterAPauseOfTheApplicationSamplesSaySo) {
  Ledger ledger;
  const auto before = ledger.send(1000, at(0ms));
  ledger.mark_app_limited();
  const auto after = ledger.send(1000, at(5ms));
  EXPECT_FALSE(ledger.acknowledge(before, 1000, at(10ms)).app_limited);
  EXPECT_TRUE(ledger.acknowledge(after, 1000, at(15ms)).app_limited);
  const auto later = ledger.send(1000, at(16ms));
  EXPECT_FALSE(ledger.acknowledge(later, 1000, at(26ms)).app_limited);
}

}  // namespace
}  // namespace dwcp::sim::flow
