#include "sim/tcp/scoreboard.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>

#include "engine/base/random.hpp"

namespace dwcp::sim {
namespace {

using std::chrono::milliseconds;
using Range = Scoreboard::Range;

constexpr std::uint32_t size = 1000;

TimePoint at(int ms) { return TimePoint(std::chrono::seconds(1) + milliseconds(ms)); }

Scoreboard sent(int segments, int spacing_ms = 1) {
  Scoreboard board;
  for (int i = 0; i < segments; ++i) board.send(size, at(i * spacing_ms));
  return board;
}

Scoreboard::Delivery sack(Scoreboard& board, std::uint64_t una, std::vector<Range> ranges, TimePoint now) {
  return board.acknowledge(una, ranges, now);
}

TEST(Scoreboard, CumulativeAcknowledgementFreesTheWindow) {
  auto board = sent(10);
  const auto d = sack(board, 4 * size, {}, at(50));
  EXPECT_EQ(d.acknowledged, Bytes(4 * size));
  EXPECT_EQ(d.delivered, Bytes(4 * size));
  EXPECT_EQ(board.in_flight(), Bytes(6 * size));
  EXPECT_EQ(*d.rtt, milliseconds(47));                                          // of the last of them
  EXPECT_EQ(sack(board, 99 * size, {}, at(60)).acknowledged, Bytes(6 * size));  // beyond what was sent: all of it
  EXPECT_TRUE(board.empty());
}

TEST(Scoreboard, WhatWasSentBeforeThreeDeliveredSegmentsIsLost) {
  auto board = sent(10);
  sack(board, 0, {{size, 3 * size}}, at(50));
  EXPECT_EQ(board.detect_losses(at(50), false), Bytes(0));  // two could still be reordering
  sack(board, 0, {{size, 4 * size}}, at(51));
  EXPECT_EQ(board.detect_losses(at(51), false), Bytes(size));
  EXPECT_EQ(*board.first_lost(), 0u);
  EXPECT_EQ(board.in_flight(), Bytes(6 * size));
}

TEST(Scoreboard, ALateSegmentIsLostAfterAQuarterOfTheRoundTrip) {
  auto board = sent(3);
  sack(board, 0, {{size, 2 * size}}, at(41));  // round trip 40 ms
  EXPECT_EQ(board.detect_losses(at(41), false), Bytes(0));
  ASSERT_TRUE(board.loss_deadline());
  EXPECT_EQ(*board.loss_deadline(), at(50));  // sent at 0, plus 40, plus 10
  EXPECT_EQ(board.detect_losses(at(50), false), Bytes(size));
  EXPECT_FALSE(board.loss_deadline());
}

// What ns-3's own socket finds out only by a timeout.
TEST(Scoreboard, ALostRetransmissionIsFoundByWhatWasSentAfterIt) {
  auto board = sent(10);
  sack(board, 0, {{size, 10 * size}}, at(60));
  ASSERT_EQ(board.detect_losses(at(60), false), Bytes(size));
  board.resend(0, at(60));
  EXPECT_FALSE(board.any_lost());
  board.send(size, at(61));
  board.send(size, at(62));
  sack(board, 0, {{10 * size, 12 * size}, {size, 10 * size}}, at(112));
  EXPECT_EQ(board.detect_losses(at(112), true), Bytes(size));
  EXPECT_EQ(*board.first_lost(), 0u);
}

// A retransmission that is acknowledged too soon was not needed: it says nothing of what was sent just before it.
TEST(Scoreboard, AnEarlyAcknowledgementIsNotTheRetransmissions) {
  auto board = sent(4);
  sack(board, 0, {{size, 4 * size}}, at(60));
  board.detect_losses(at(60), false);
  board.send(size, at(61));
  board.resend(0, at(62));
  sack(board, 4 * size, {}, at(64));  // 2 ms after it was sent again
  EXPECT_EQ(board.detect_losses(at(64), true), Bytes(0));
}

// The last, shorter segment of a flight, probed for, is a little faster than all that was measured.
TEST(Scoreboard, ASlightlyFasterRetransmissionCounts) {
  auto board = sent(3);
  sack(board, size, {}, at(40));
  board.resend(2, at(130));
  sack(board, size, {{2 * size, 3 * size}}, at(169));
  EXPECT_EQ(board.detect_losses(at(169), false), Bytes(size));
}

TEST(Scoreboard, RateSampleIsWhatTheLinkDelivered) {
  Scoreboard board;
  for (int i = 0; i < 40; ++i) board.send(size, at(i));  // 1 kB/ms
  Scoreboard::Delivery d;
  for (int i = 0; i < 40; ++i) {
    d = sack(board, static_cast<std::uint64_t>(i + 1) * size, {}, at(40 + i));
    board.send(size, at(40 + i));
  }
  for (int i = 0; i < 20; ++i) d = sack(board, static_cast<std::uint64_t>(i + 41) * size, {}, at(80 + i));
  ASSERT_GT(d.rate_interval, Duration(0));
  EXPECT_NEAR(static_cast<double>(rate_of(d.rate_delivered, d.rate_interval).value), 8e6, 0.3e6);
  EXPECT_FALSE(d.app_limited);
}

TEST(Scoreboard, SamplesOfAnIdleApplicationAreMarked) {
  Scoreboard board;
  board.mark_app_limited();
  board.send(size, at(0));
  EXPECT_TRUE(sack(board, size, {}, at(40)).app_limited);
  board.send(size, at(41));
  EXPECT_FALSE(sack(board, 2 * size, {}, at(81)).app_limited);
}

TEST(Scoreboard, ATimeoutSparesWhatWasSentJustNow) {
  auto board = sent(5);
  sack(board, size, {}, at(40));
  board.send(size, at(235));
  board.mark_timed_out(at(240));
  EXPECT_EQ(board.in_flight(), Bytes(size));  // the one of 235 ms
  EXPECT_EQ(*board.first_lost(), 1u);
}

TEST(Scoreboard, NonsenseRangesChangeNothing) {
  auto board = sent(5);
  const auto d = sack(
      board, 0, {{3 * size, 3 * size}, {4 * size, 3 * size}, {2 * size, 90 * size}, {size + 1, 2 * size - 1}}, at(40));
  EXPECT_EQ(d.delivered, Bytes(0));
  EXPECT_EQ(board.in_flight(), Bytes(5 * size));
}

// Against the plain definition: every byte is delivered once, in flight at most once, and at last all is acknowledged.
TEST(Scoreboard, KeepsItsAccountsUnderRandomLossAndDelay) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Random random(seed);
    Scoreboard board;
    std::map<std::uint64_t, bool> received;  // offsets at the receiver
    std::multimap<int, std::uint64_t> under_way;
    std::uint64_t left = 300, una = 0;
    for (int ms = 0; ms < 60'000 && (left > 0 || !board.empty()); ++ms) {
      const auto transmit = [&](std::uint64_t offset) {
        if (!random.chance(0.2)) under_way.emplace(ms + 20 + static_cast<int>(random.below(3)), offset);
      };
      if (const auto lost = board.first_lost()) {
        board.resend(*lost, at(ms));
        transmit(board.at(*lost).begin);
      } else if (left > 0 && board.in_flight() < Bytes(30 * size)) {
        --left;
        transmit(board.next());
        board.send(size, at(ms));
      } else if (ms % 400 == 399 && !board.empty()) {
        board.mark_timed_out(at(ms));
      }
      std::vector<Range> ranges;
      for (; !under_way.empty() && under_way.begin()->first <= ms; under_way.erase(under_way.begin()))
        received[under_way.begin()->second] = true;
      while (received.contains(una)) una += size;
      for (const auto& [offset, yes] : received) {
        if (offset < una) continue;
        if (!ranges.empty() && ranges.back().end == offset)
          ranges.back().end += size;
        else
          ranges.push_back({offset, offset + size});
      }
      if (ranges.size() > 3) ranges.erase(ranges.begin(), ranges.end() - 3);
      board.acknowledge(una, ranges, at(ms));
      board.detect_losses(at(ms), true);
      std::uint64_t in_flight = 0;
      bool lost = false;
      for (auto i = board.first_index(); i < board.end_index(); ++i) {
        const auto& s = board.at(i);
        in_flight += s.in_flight ? s.length : 0;
        lost |= s.lost;
        ASSERT_LE(int{s.sacked} + int{s.lost} + int{s.in_flight}, 1) << "segment " << i << " of seed " << seed;
        ASSERT_TRUE(s.sacked || s.lost || s.in_flight) << "segment " << i << " of seed " << seed;
      }
      ASSERT_EQ(board.in_flight(), Bytes(in_flight)) << "seed " << seed << " at " << ms;
      ASSERT_EQ(board.any_lost(), lost);
    }
    EXPECT_TRUE(board.empty()) << "seed " << seed;
    EXPECT_EQ(board.delivered(), Bytes(300 * size)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace dwcp::sim
