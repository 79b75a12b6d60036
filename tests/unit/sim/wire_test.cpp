#include "sim/wire.hpp"

#include <gtest/gtest.h>
#include <ns3/ipv4-header.h>
#include <ns3/simulator.h>

#include <algorithm>
#include <bit>

#include "engine/base/error.hpp"

namespace dwcp::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t size = 1250;  // 10,000 bits: 10 us at 1 Gbit/s

// A wire on a simulator of its own; the packets are told apart by their protocol number.
class WireTest : public testing::Test {
 protected:
  ~WireTest() override { ns3::Simulator::Destroy(); }

  void make(const WireOptions& options) {
    wire.emplace(run, 0, options, Random(1));
    wire->connect(
        0, [this](auto, std::uint16_t number) { arrived.emplace_back(number, virtual_now().time_since_epoch()); });
  }
  void at(Duration t, std::function<void()> action) {
    ns3::Simulator::Schedule(ns3::NanoSeconds(t.count()), [action = std::move(action)] { action(); });
  }
  void send(std::uint16_t number) { wire->send(ns3::Create<ns3::Packet>(size), number); }
  void finish() { ns3::Simulator::Run(); }

  using Arrival = std::pair<int, Duration>;
  sim::Run run;
  std::optional<Wire> wire;
  std::vector<Arrival> arrived;
};

TEST_F(WireTest, PacketsFollowEachOtherAtTheRate) {
  make({.rate = BitRate(1'000'000'000), .delay = 1ms});
  at(0us, [&] {
    send(1);
    send(2);
  });
  at(5us, [&] { send(3); });
  at(100us, [&] { send(4); });
  finish();
  EXPECT_EQ(arrived, (std::vector<Arrival>{{1, 1010us}, {2, 1020us}, {3, 1030us}, {4, 1110us}}));
  EXPECT_EQ(wire->counters().bytes_delivered, Bytes(4 * size));
}

TEST_F(WireTest, WhatDoesNotFitIsDropped) {
  make({.rate = BitRate(1'000'000'000), .delay = 1ms, .queue = Bytes(10 * size)});
  at(0us, [&] {
    for (std::uint16_t i = 0; i < 20; ++i) send(i);
  });
  at(20us, [&] {  // two have left
    for (std::uint16_t i = 20; i < 30; ++i) send(i);
  });
  finish();
  ASSERT_EQ(arrived.size(), 12u);
  EXPECT_EQ(arrived[9].first, 9);
  EXPECT_EQ(arrived[10].first, 20);
  EXPECT_EQ(arrived[11].first, 21);
  EXPECT_EQ(wire->counters().packets_overflow, 18u);
  EXPECT_EQ(wire->counters().queue_max, Bytes(10 * size));
}

// At 25 Gbit/s: none up to 100 KB of queue, one in ten in the middle, all beyond 400 KB; and never one that is not
// capable of it.
TEST_F(WireTest, EcnCapablePacketsAreMarkedByTheQueue) {
  constexpr std::uint32_t length = 1000;
  struct Sent {
    std::uint64_t low = 0, middle = 0, high = 0;
  };
  const auto marks = [&](ns3::Ipv4Header::EcnType ecn) {
    Sent sent;
    run = {};
    wire.emplace(run, 0, WireOptions{.rate = BitRate(25'000'000'000), .delay = 1ms}, Random(1));
    std::uint64_t marked = 0;
    wire->connect(0, [&](ns3::Ptr<ns3::Packet> packet, std::uint16_t) {
      ns3::Ipv4Header header;
      packet->PeekHeader(header);
      marked += header.GetEcn() == ns3::Ipv4Header::ECN_CE;
      EXPECT_EQ(packet->GetSize(), length);
    });
    at(0us, [&, ecn] {
      for (int i = 0; i < 800; ++i) {
        auto packet = ns3::Create<ns3::Packet>(length - 20);
        ns3::Ipv4Header header;
        header.SetPayloadSize(length - 20);
        header.SetEcn(ecn);
        packet->AddHeader(header);
        const auto before = wire->counters().packets_marked;
        wire->send(packet, 0x0800);
        const auto news = wire->counters().packets_marked - before;
        (i <= 100 ? sent.low : i <= 400 ? sent.middle : sent.high) += news;
      }
    });
    finish();
    EXPECT_EQ(marked, wire->counters().packets_marked);
    EXPECT_EQ(wire->counters().packets_delivered, 800u);
    return sent;
  };
  const Sent capable = marks(ns3::Ipv4Header::ECN_ECT0);
  EXPECT_EQ(capable.low, 0u);
  EXPECT_GT(capable.middle, 15u);  // 30 of 300 as a mean
  EXPECT_LT(capable.middle, 50u);
  EXPECT_EQ(capable.high, 399u);
  const Sent other = marks(ns3::Ipv4Header::ECN_NotECT);
  EXPECT_EQ(other.low + other.middle + other.high, 0u);
}

// A short queue marks from a quarter on, before it drops.
TEST_F(WireTest, AShortQueueMarksBeforeItOverflows) {
  make({.rate = BitRate(25'000'000'000), .delay = 1ms, .queue = Bytes(10'000)});
  at(0us, [&] {
    for (int i = 0; i < 20; ++i) {
      auto packet = ns3::Create<ns3::Packet>(980);
      ns3::Ipv4Header header;
      header.SetEcn(ns3::Ipv4Header::ECN_ECT0);
      packet->AddHeader(header);
      wire->send(packet, 0x0800);
    }
  });
  finish();
  EXPECT_EQ(arrived.size(), 10u);
  EXPECT_GT(wire->counters().packets_marked, 0u);
}

TEST_F(WireTest, AQueueMayBeLimitedInTime) {
  make({.rate = BitRate(1'000'000'000), .delay = 1ms, .queue_time = 70us});
  at(0us, [&] {
    for (std::uint16_t i = 0; i < 20; ++i) send(i);
  });
  finish();
  EXPECT_EQ(arrived.size(), 7u);
}

TEST_F(WireTest, ACutLosesWhatWaitsAndWhatIsUnderWay) {
  make({.rate = BitRate(1'000'000'000), .delay = 1ms});
  at(0us, [&] {
    send(1);
    send(2);
  });
  at(1015us, [&] {  // 1 has arrived, 2 is under way
    send(3);
    wire->cut();
    EXPECT_EQ(wire->queued(), Bytes(0));
  });
  at(1500us, [&] { send(4); });
  at(2000us, [&] {
    wire->restore();
    send(5);
  });
  finish();
  EXPECT_EQ(arrived, (std::vector<Arrival>{{1, 1010us}, {5, 3010us}}));
  EXPECT_EQ(wire->counters().packets_cut, 3u);
}

TEST_F(WireTest, ANewRateHoldsForWhatWaits) {
  make({.rate = BitRate(1'000'000'000), .delay = 1ms});
  at(0us, [&] {
    send(1);
    send(2);
    send(3);
  });
  at(10us, [&] { wire->set_rate(BitRate(100'000'000)); });    // 1 has left, 2 and 3 take 100 us each
  at(60us, [&] { wire->set_rate(BitRate(1'000'000'000)); });  // half of 2 is left: 5 us
  finish();
  EXPECT_EQ(arrived, (std::vector<Arrival>{{1, 1010us}, {2, 1065us}, {3, 1075us}}));
}

TEST_F(WireTest, AShorterDelayOvertakesNothing) {
  make({.rate = BitRate(1'000'000'000), .delay = 10ms});
  at(0us, [&] { send(1); });
  at(1ms, [&] {
    wire->set_delay(1ms);
    send(2);
  });
  at(20ms, [&] { send(3); });
  finish();
  EXPECT_EQ(arrived, (std::vector<Arrival>{{1, 10010us}, {2, 10010us}, {3, 21010us}}));
}

TEST_F(WireTest, JitterStaysWithinItsAmplitudeAndKeepsTheOrder) {
  make({.rate = BitRate(1'000'000'000), .delay = 50ms, .jitter = 10ms});
  constexpr int packets = 20'000;
  for (int i = 0; i < packets; ++i) at(i * 100us, [&, i] { send(static_cast<std::uint16_t>(i)); });
  finish();
  ASSERT_EQ(arrived.size(), std::size_t{packets});
  Duration least = 1h, most = 0s;
  for (int i = 0; i < packets; ++i) {
    EXPECT_EQ(arrived[static_cast<std::size_t>(i)].first, i);
    const Duration delay = arrived[static_cast<std::size_t>(i)].second - i * 100us - 10us;
    least = std::min(least, delay);
    most = std::max(most, delay);
  }
  EXPECT_GE(least, 40ms);
  EXPECT_LT(least, 43ms);
  EXPECT_LE(most, 60ms);
  EXPECT_GT(most, 57ms);
}

TEST_F(WireTest, LostPacketsUseTheLinkAllTheSame) {
  make({.rate = BitRate(1'000'000'000), .delay = 1ms, .loss = {.good = 1}});
  at(0us, [&] {
    send(1);
    wire->set_loss(LossOptions::none());
    send(2);
  });
  finish();
  EXPECT_EQ(arrived, (std::vector<Arrival>{{2, 1020us}}));
}

TEST(WireOptions, AreChecked) {
  EXPECT_THROW(check(WireOptions{.rate = BitRate(0)}), Error);
  EXPECT_THROW(check(WireOptions{.delay = -1ms}), Error);
  EXPECT_THROW(check(WireOptions{.delay = 5ms, .jitter = 6ms}), Error);
  EXPECT_THROW(check(WireOptions{.loss = {.good = 1.5}}), Error);
  EXPECT_NO_THROW(check(WireOptions{.delay = 5ms, .jitter = 5ms}));
}

TEST(Loss, BurstsHaveTheirMeanLengthAndShare) {
  LossProcess process;
  process.set(LossOptions::bursty(0.05, 8));
  EXPECT_NEAR(mean_loss(process.options()), 0.05, 1e-9);
  Random random(7);
  constexpr int packets = 1'000'000;
  int lost = 0, bursts = 0;
  bool before = false;
  for (int i = 0; i < packets; ++i) {
    const bool now = process.next(random);
    lost += now;
    bursts += now && !before;
    before = now;
  }
  EXPECT_NEAR(static_cast<double>(lost) / packets, 0.05, 0.005);
  EXPECT_NEAR(static_cast<double>(lost) / bursts, 8, 0.5);
}

TEST(Loss, NoLossDrawsNothing) {
  LossProcess process;
  Random random(7), untouched(7);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(process.next(random));
  EXPECT_EQ(random(), untouched());
}

TEST_F(WireTest, SomeComeTwice) {
  make({.rate = BitRate(1'000'000'000), .delay = 1ms, .disorder = {.duplicate = 0.2}});
  at(0us, [&] {
    for (std::uint16_t i = 0; i < 1000; ++i) at(i * 20us, [this, i] { send(i); });
  });
  finish();
  EXPECT_EQ(arrived.size(), 1000 + wire->counters().packets_duplicated);
  EXPECT_NEAR(static_cast<double>(wire->counters().packets_duplicated), 200, 60);
  EXPECT_TRUE(std::is_sorted(arrived.begin(), arrived.end()));
}

TEST_F(WireTest, SomeAreOvertaken) {
  make({.rate = BitRate(1'000'000'000), .delay = 1ms, .disorder = {.reorder = 0.1, .reorder_by = 200us}});
  at(0us, [&] {
    for (std::uint16_t i = 0; i < 1000; ++i) at(i * 20us, [this, i] { send(i); });
  });
  finish();
  ASSERT_EQ(arrived.size(), 1000u);
  EXPECT_NEAR(static_cast<double>(wire->counters().packets_reordered), 100, 40);
  int overtaken = 0;
  for (std::size_t i = 1; i < arrived.size(); ++i) {
    EXPECT_GE(arrived[i].second, arrived[i - 1].second);
    overtaken += arrived[i].first < arrived[i - 1].first ? 1 : 0;
  }
  EXPECT_GT(overtaken, 50);
  for (const auto& [number, when] : arrived) EXPECT_LE(when, number * 20us + 1010us + 200us);
}

TEST_F(WireTest, OnlyThePayloadOfTcpIsCorruptedByOneBit) {
  std::vector<std::uint8_t> segment(200, 0);
  segment[0] = 0x45;   // IPv4, 20 bytes of header
  segment[9] = 6;      // TCP
  segment[32] = 0x80;  // 32 bytes of header
  Wire one(run, 0, {.disorder = {.corrupt = 1}}, Random(1));
  int changed = 0;
  one.connect(0, [&](ns3::Ptr<ns3::Packet> packet, std::uint16_t protocol) {
    std::vector<std::uint8_t> got(packet->GetSize());
    packet->CopyData(got.data(), static_cast<std::uint32_t>(got.size()));
    ASSERT_EQ(got.size(), segment.size());
    int bits = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const int unlike = std::popcount(static_cast<unsigned>(got[i] ^ segment[i]));
      EXPECT_TRUE(i >= 52 || unlike == 0) << "byte " << i;
      bits += unlike;
    }
    EXPECT_EQ(bits, protocol == 0x0800 ? 1 : 0);
    changed += bits;
  });
  at(0us, [&] {
    for (int i = 0; i < 50; ++i)
      one.send(ns3::Create<ns3::Packet>(segment.data(), static_cast<std::uint32_t>(segment.size())), 0x0800);
    one.send(ns3::Create<ns3::Packet>(segment.data(), static_cast<std::uint32_t>(segment.size())), 0x86dd);
  });
  finish();
  EXPECT_EQ(changed, 50);
  EXPECT_EQ(one.counters().packets_corrupted, 50u);
  EXPECT_THROW(one.set_disorder({.corrupt = 1.5}), Error);
  EXPECT_THROW(one.set_disorder({.reorder_by = Duration(0)}), Error);
}

}  // namespace
}  // namespace dwcp::sim
