// Links that are cut in the middle of a transfer.
#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

struct Transfer {
  Received received;
  TimePoint done{};
  Program* server = nullptr;
  Program* client = nullptr;
};

void start_transfer(Pair& pair, Bytes total, Transfer& t, platform::StreamOptions options = {}) {
  t.server = &pair.world.start(pair.right, "server", [&t](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    auto stream = co_await listener->accept(p.lane(0));
    t.received = co_await receive_pattern(stream);
    t.done = p.now();
  });
  t.client = &pair.world.start(pair.left, "client", [&pair, total, options](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), options, p.lane(0));
    co_await send_pattern(stream, total);
    stream.shutdown_send();
    char byte;
    co_await stream.async_read_some(asio::buffer(&byte, 1), as_result);
  });
}

class Cut : public testing::TestWithParam<platform::CongestionControl> {};

TEST_P(Cut, ATransferSurvivesTenSeconds) {
  Pair pair({.rate = BitRate(1'000'000'000), .delay = 25ms});
  Transfer t;
  start_transfer(pair, MiB(64), t, {.congestion = GetParam(), .send_buffer = Bytes(0), .receive_buffer = Bytes(0)});
  pair.world.at(at_time(500ms), [&] { pair.link.cut(); });
  pair.world.at(at_time(10500ms), [&] { pair.link.restore(); });
  std::uint64_t delivered_in_between = 0;
  pair.world.at(at_time(10499ms),
                [&] { delivered_in_between = pair.link.wire(Direction::forward).counters().packets_delivered; });
  std::uint64_t delivered_before = 0;
  pair.world.at(at_time(501ms),
                [&] { delivered_before = pair.link.wire(Direction::forward).counters().packets_delivered; });
  pair.finish({t.server, t.client});
  EXPECT_EQ(delivered_before, delivered_in_between);
  EXPECT_GT(delivered_before, 100u);
  EXPECT_EQ(t.received.bytes, MiB(64).value);
  EXPECT_TRUE(t.received.right_content);
  EXPECT_EQ(t.received.end, asio::error::eof);
  // The sender finds out by its next retransmission, whose gap has doubled to at most the time of the cut.
  EXPECT_GT(t.done, at_time(10500ms));
  EXPECT_LT(t.done, at_time(20s));
}

INSTANTIATE_TEST_SUITE_P(CongestionControls, Cut,
                         testing::Values(platform::CongestionControl::cubic, platform::CongestionControl::bbr),
                         [](const auto& control) {
                           return control.param == platform::CongestionControl::bbr ? "bbr" : "cubic";
                         });

TEST(Cut, OneDirectionIsEnoughToStopATransfer) {
  Pair pair({.rate = BitRate(1'000'000'000), .delay = 5ms});
  Transfer t;
  start_transfer(pair, MiB(32), t);
  pair.world.at(at_time(100ms), [&] { pair.link.cut(Direction::backward); });
  pair.world.at(at_time(1100ms), [&] { pair.link.restore(Direction::backward); });
  pair.finish({t.server, t.client});
  EXPECT_TRUE(t.received.right_content);
  EXPECT_EQ(t.received.bytes, MiB(32).value);
  EXPECT_GT(t.done, at_time(1100ms));
}

TEST(Cut, AFlappingLinkLosesNothing) {
  Pair pair({.rate = BitRate(100'000'000), .delay = 10ms});
  Transfer t;
  start_transfer(pair, MiB(16), t);
  pair.world.flap(pair.link, at_time(100ms), 150ms, 500ms, 20);
  pair.finish({t.server, t.client});
  EXPECT_TRUE(t.received.right_content);
  EXPECT_EQ(t.received.bytes, MiB(16).value);
  EXPECT_GT(pair.link.wire(Direction::forward).counters().packets_cut, 0u);
}

TEST(Cut, RateAndDelayMayChangeUnderWay) {
  Pair pair({.rate = BitRate(1'000'000'000), .delay = 10ms});
  Transfer t;
  start_transfer(pair, MiB(64), t);
  pair.world.at(at_time(200ms), [&] { pair.link.set_rate(BitRate(100'000'000)); });
  pair.world.at(at_time(1200ms), [&] { pair.link.set_delay(100ms); });
  pair.world.at(at_time(2200ms), [&] {
    pair.link.set_rate(BitRate(1'000'000'000));
    pair.link.set_delay(1ms);
  });
  pair.finish({t.server, t.client});
  EXPECT_TRUE(t.received.right_content);
  EXPECT_EQ(t.received.bytes, MiB(64).value);
  EXPECT_GT(t.done, at_time(2200ms));
}

}  // namespace
}  // namespace dwcp::sim
