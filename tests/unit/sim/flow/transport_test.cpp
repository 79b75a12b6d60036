// Streams of the flow model against what is known of TCP: slow start, what loss leaves to CUBIC and to BBR, queues,
// and what all that costs.
#include <cmath>

#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

using platform::CongestionControl;

struct Ran {
  std::vector<Duration> arrived;  // when so many KiB (index) had
  Duration total{0};
  platform::PathSample at_end;
  std::uint64_t events = 0, trace = 0;
  bool right = false;
};

Ran send(const WireOptions& wire, CongestionControl congestion, Bytes size, std::uint64_t seed = 1) {
  Pair pair(wire, seed);
  Ran ran;
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
    ByteVector buffer(1 << 18);
    ran.right = true;
    for (std::uint64_t at = 0; at < size.value;) {
      const auto n = co_await stream.async_read_some(asio::buffer(buffer), asio::use_awaitable);
      ran.right = ran.right && is_pattern(ByteSpan(buffer).first(n), at);
      at += n;
      ran.total = p.now().time_since_epoch();
      ran.arrived.resize(std::max<std::size_t>(ran.arrived.size(), at >> 10), ran.total);
    }
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    platform::StreamOptions options;
    options.congestion = congestion;
    auto stream = co_await p.connect(pair.right_port(4700), options, p.lane(0));
    co_await send_pattern(stream, size);
    ran.at_end = stream.path_sample();
    char byte;
    co_await stream.async_read_some(asio::buffer(&byte, 1), as_result);
  });
  pair.finish({&server, &client}, 3600s);
  ran.events = pair.world.statistics().events;
  ran.trace = pair.world.trace_hash();
  return ran;
}

// From ten segments on, at most twice as much each round trip; and that much, while the path is not full.
TEST(FlowTransport, SlowStartDoublesEachRoundTrip) {
  const Ran ran = send({.rate = BitRate(10'000'000'000), .delay = 50ms}, CongestionControl::cubic, MiB(4));
  const double segment = 8948;
  double sent = 0;
  for (int round = 0; round < 5; ++round) {
    sent += 10 * segment * std::pow(2, round);
    const Duration in_flight_at = 150ms + round * 100ms;  // connected at 100 ms, and 50 ms on the way
    const auto kib = static_cast<std::size_t>(sent / 1024) - 1;
    EXPECT_GE(ran.arrived.at(kib), in_flight_at) << round;
    EXPECT_LT(ran.arrived.at(kib), in_flight_at + 5ms) << round;
    EXPECT_GE(ran.arrived.at(kib + 10), in_flight_at + 95ms) << round;  // more came only a round trip later
  }
}

// RFC 9438, section 5.1: the mean window is 1.054 (RTT / p)^(3/4) segments, for a beta of 0.7 and a C of 0.4; or what
// Reno's would be where that is more (section 4.3), 1.2 segments by the root of the loss (Mathis and others, CCR 27(3),
// 1997). Both assume losses at even distances; random ones leave more, by the long gaps among them.
TEST(FlowTransport, LossLeavesToCubicWhatItsResponseFunctionSays) {
  const double p = 0.001, rtt = 0.1;
  double seconds = 0;
  constexpr unsigned seeds = 4;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Ran ran = send({.rate = BitRate(200'000'000), .delay = 50ms, .loss = LossOptions::independent(p)},
                         CongestionControl::cubic, MiB(192), seed);
    EXPECT_TRUE(ran.right);
    seconds += to_seconds(ran.total) / seeds;
  }
  const double mean = static_cast<double>(MiB(192).value) / seconds * rtt / 8948;
  const double cubic = 1.054 * std::pow(rtt, 0.75) / std::pow(p, 0.75), reno = 1.2 / std::sqrt(p);
  const double window = std::max(cubic, reno);
  EXPECT_GT(mean, 0.9 * window);
  EXPECT_LT(mean, 1.6 * window);
}

TEST(FlowTransport, BbrIgnoresLossButForWhatIsSentAgain) {
  for (const double p : {0.001, 0.01, 0.05}) {
    const Ran ran = send({.rate = BitRate(200'000'000), .delay = 20ms, .loss = LossOptions::independent(p)},
                         CongestionControl::bbr, MiB(128));
    EXPECT_TRUE(ran.right);
    const double rate = static_cast<double>(MiB(128).value) * 8 / to_seconds(ran.total);
    EXPECT_GT(rate, 200e6 * (1 - p) * 0.8) << p;
    const double again =
        static_cast<double>(ran.at_end.segments_retransmitted) / static_cast<double>(ran.at_end.segments_sent);
    EXPECT_GT(again, 0.6 * p) << p;
    EXPECT_LT(again, p + 0.08) << p;  // its start overfills the queue once
  }
}

// CUBIC fills the queue of two delays; BBR keeps about what the path holds and hardly a queue when it is alone.
TEST(FlowTransport, TheStandingQueueShowsInTheRoundTrip) {
  const WireOptions wire{.rate = BitRate(100'000'000), .delay = 20ms};
  const Ran cubic = send(wire, CongestionControl::cubic, MiB(64)), bbr = send(wire, CongestionControl::bbr, MiB(64));
  EXPECT_GE(cubic.at_end.rtt_min, 40ms);
  EXPECT_LT(cubic.at_end.rtt_min, 42ms);
  EXPECT_GT(cubic.at_end.rtt_smoothed, 52ms);
  EXPECT_LE(cubic.at_end.rtt_smoothed, 90ms);
  EXPECT_LT(bbr.at_end.rtt_smoothed, 52ms);
  for (const Ran& ran : {cubic, bbr}) {
    EXPECT_NEAR(static_cast<double>(ran.at_end.delivery_rate.value), 100e6, 4e6);
    EXPECT_GT(ran.at_end.unacknowledged, Bytes(0));
  }
}

// A train that has lost something holds back what follows for about a round trip, as the order is kept.
TEST(FlowTransport, ALossHoldsTheHeadOfTheLineForARoundTrip) {
  const WireOptions clean{.rate = BitRate(100'000'000), .delay = 50ms};
  WireOptions lossy = clean;
  lossy.loss = LossOptions::independent(0.002);
  const auto longest_pause = [](const Ran& ran) {
    Duration longest{0};
    for (std::size_t kib = 16384; kib < ran.arrived.size(); ++kib)
      longest = std::max(longest, ran.arrived[kib] - ran.arrived[kib - 1]);
    return longest;
  };
  EXPECT_LT(longest_pause(send(clean, CongestionControl::bbr, MiB(32))), 60ms);
  const Duration pause = longest_pause(send(lossy, CongestionControl::bbr, MiB(32)));
  EXPECT_GT(pause, 90ms);
  EXPECT_LT(pause, 500ms);
}

TEST(FlowTransport, OneSeedIsOneTraceAndAnotherIsAnother) {
  const WireOptions wire{
      .rate = BitRate(100'000'000), .delay = 10ms, .jitter = 2ms, .loss = LossOptions::bursty(0.01, 3)};
  const Ran one = send(wire, CongestionControl::cubic, MiB(8), 5),
            again = send(wire, CongestionControl::cubic, MiB(8), 5),
            other = send(wire, CongestionControl::cubic, MiB(8), 6);
  EXPECT_EQ(one.trace, again.trace);
  EXPECT_EQ(one.total, again.total);
  EXPECT_NE(one.trace, other.trace);
}

// Packets of 9000 bytes take more than 400.
TEST(FlowTransport, AMebibyteCostsFewEvents) {
  const Ran ran = send({.rate = BitRate(1'000'000'000), .delay = 25ms}, CongestionControl::cubic, MiB(256));
  EXPECT_LT(ran.events / 256, 60u);
}

TEST(FlowTransport, ADatagramWaitsBehindTheFluid) {
  Pair pair({.rate = BitRate(100'000'000), .delay = 20ms});
  Duration before{0}, behind{0};
  auto& server = pair.world.start(pair.right, "server", [](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
    co_await receive_pattern(stream);
  });
  auto& receiver = pair.world.start(pair.right, "receiver", [&](Platform& p) -> Task<void> {
    auto socket = p.datagram(any(5000));
    for (Duration* took : {&before, &behind}) {
      char text[8];
      platform::Endpoint from;
      co_await socket.async_receive(asio::buffer(text), from, asio::use_awaitable);
      *took = p.now().time_since_epoch() - (took == &before ? 1ms : 4s);
    }
  });
  auto& sender = pair.world.start(pair.left, "sender", [&](Platform& p) -> Task<void> {
    auto socket = p.datagram(any(5001));
    for (const Duration at : {Duration(1ms), Duration(4s)}) {
      co_await platform::sleep_until(p, at_time(at));
      co_await socket.async_send(asio::buffer("beat", 4), pair.right_port(5000), asio::use_awaitable);
    }
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    co_await send_pattern(stream, MiB(64));
  });
  pair.finish({&server, &receiver, &sender, &client});
  EXPECT_LT(before, 21ms);
  EXPECT_GT(behind, 30ms);
}

// A connection whose writer has gone on gives up by itself when nobody answers for about a quarter of an hour.
TEST(FlowTransport, AClosedConnectionGivesUpWhenThePathDoesNotComeBack) {
  Pair pair({.rate = BitRate(100'000'000), .delay = 10ms});
  Received received;
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
    received = co_await receive_pattern(stream);
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    co_await send_pattern(stream, KiB(200));
    stream.close();
  });
  pair.world.at(at_time(22ms), [&] { pair.link.cut(); });
  EXPECT_EQ(pair.world.run_until(at_time(2h)), Outcome::deadlock);  // nothing is tried for ever
  EXPECT_TRUE(client.finished());
  EXPECT_FALSE(server.finished());
  EXPECT_LT(received.bytes, KiB(200).value);
  EXPECT_GT(pair.link.wire(Direction::forward).counters().packets_cut, 10u);  // data, and its timeouts
}

TEST(FlowWorld, RefusesAnRdmaAdapter) {
  World world({.fidelity = Fidelity::flow});
  EXPECT_THROW(world.add_host("with", {.rdma = true}), Error);
}

}  // namespace
}  // namespace dwcp::sim
