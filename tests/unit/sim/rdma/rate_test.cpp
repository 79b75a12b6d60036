#include "tests/unit/sim/rdma/hosts.hpp"

namespace dwcp::sim {
namespace {

constexpr RdmaEnd::Options bulk{.length = 256 << 10, .slots = 64, .check_content = false};

// The share of the link that payload takes, from the first packet to the last answer.
double utilisation(BitRate rate, Duration delay, std::uint64_t mtu, std::uint64_t writes) {
  RdmaHosts hosts({.rate = rate, .delay = delay}, {.mtu = Bytes(mtu)}, bulk, bulk);
  hosts.connect();
  hosts.a->send(writes);
  EXPECT_EQ(hosts.run_until_written(writes), Outcome::reached);
  EXPECT_EQ(hosts.link.wire(Direction::forward).counters().packets_marked, 0u);
  const double seconds = to_seconds(hosts.a->finished_at.time_since_epoch());
  return static_cast<double>(writes * bulk.length * 8) / seconds / static_cast<double>(rate.value);
}

TEST(RdmaRate, FillsACleanLink) {
  EXPECT_GE(utilisation(ten_gigabits, 1us, 9000, 1000), 0.97);
  EXPECT_GE(utilisation(ten_gigabits, 500us, 9000, 1000), 0.97);
  EXPECT_GE(utilisation(BitRate(25'000'000'000), 1us, 9000, 1000), 0.97);
  EXPECT_GE(utilisation(BitRate(25'000'000'000), 500us, 9000, 2000), 0.95);
  EXPECT_GE(utilisation(ten_gigabits, 1us, 1500, 500), 0.9);
  EXPECT_GE(utilisation(BitRate(100'000'000), 500us, 9000, 64), 0.95);
}

double jain(double a, double b) { return (a + b) * (a + b) / (2 * (a * a + b * b)); }

// Two hosts send through one link between two routers.
struct Bottleneck {
  explicit Bottleneck(Duration delay)
      : near(world.add_router("near")),
        far(world.add_router("far")),
        receiver(world.add_host("receiver", {.rdma = true})) {
    middle = &world.add_link(near, far, WireOptions{.rate = ten_gigabits, .delay = delay});
    const WireOptions local{.rate = ten_gigabits, .delay = 1us};
    world.add_link(far, receiver, local);
    for (int i = 0; i < 2; ++i) {
      senders[i] = &world.add_host("sender-" + std::to_string(i), {.rdma = true});
      world.add_link(*senders[i], near, local);
    }
    world.run_until(at_time(0s));
    for (int i = 0; i < 2; ++i) {
      from[i].emplace(world, *senders[i], "from-" + std::to_string(i), bulk);
      to[i].emplace(world, receiver, "to-" + std::to_string(i), bulk);
      from[i]->connect(*to[i]);
      to[i]->connect(*from[i]);
    }
  }
  // Bits/s of each within the period.
  std::array<double, 2> rates(Duration period) {
    const std::array<std::uint64_t, 2> before{from[0]->written, from[1]->written};
    world.run_until(world.now() + period);
    std::array<double, 2> rates{};
    for (int i = 0; i < 2; ++i)
      rates[i] = static_cast<double>((from[i]->written - before[i]) * bulk.length * 8) / to_seconds(period);
    return rates;
  }

  World world;
  Machine& near;
  Machine& far;
  Machine& receiver;
  Machine* senders[2];
  Link* middle;
  std::optional<RdmaEnd> from[2], to[2];
};

TEST(RdmaRate, TwoPairsShareABottleneck) {
  Bottleneck b(5us);
  for (auto& end : b.from) end->send(1u << 30);
  b.rates(200ms);
  const auto rates = b.rates(400ms);
  RecordProperty("first", std::to_string(rates[0]));
  RecordProperty("second", std::to_string(rates[1]));
  EXPECT_GE(jain(rates[0], rates[1]), 0.9) << rates[0] << " " << rates[1];
  EXPECT_GE(rates[0] + rates[1], 0.85e10) << rates[0] << " " << rates[1];
  EXPECT_EQ(b.middle->wire(Direction::forward).counters().packets_overflow, 0u);
}

TEST(RdmaRate, MarksLowerTheRateAndItRecovers) {
  Bottleneck b(5us);
  b.from[0]->send(1u << 30);
  EXPECT_GE(b.rates(20ms)[0], 0.97e10);
  EXPECT_EQ(b.receiver.adapter()->counters().notifications, 0u);
  b.from[1]->send(2000);  // 524 MB
  const auto both = b.rates(100ms);
  EXPECT_LT(both[0], 0.75e10);
  EXPECT_GT(b.middle->wire(Direction::forward).counters().packets_marked, 10u);
  EXPECT_GT(b.receiver.adapter()->counters().notifications, 10u);
  b.world.run_until([&] { return b.from[1]->written == 2000; }, at_time(10s));
  b.rates(100ms);
  EXPECT_GE(b.rates(20ms)[0], 0.97e10) << "alone again";
}

// The adapter lets its pairs take turns: no queue, no marks.
TEST(RdmaRate, PairsOfOneMachineShareItsLinkWithoutCongestion) {
  RdmaHosts hosts({.rate = ten_gigabits, .delay = 5us}, {}, bulk, bulk);
  RdmaEnd c(hosts.world, hosts.left, "c", bulk), d(hosts.world, hosts.right, "d", bulk);
  hosts.connect();
  c.connect(d);
  d.connect(c);
  hosts.a->send(1u << 30);
  c.send(1u << 30);
  hosts.world.run_until(at_time(100ms));
  const auto first = static_cast<double>(hosts.a->written), second = static_cast<double>(c.written);
  EXPECT_GE(jain(first, second), 0.99) << first << " " << second;
  EXPECT_GE((first + second) * bulk.length * 8 / 0.1, 0.97e10);
  EXPECT_EQ(hosts.link.wire(Direction::forward).counters().packets_marked, 0u);
}

// TCP's packets are never marked and fill the one queue of the link, so that all of RDMA's are: it yields, as in a
// network without traffic classes, goes on, and has the link again afterwards.
TEST(RdmaRate, YieldsToTcpInTheSameQueue) {
  RdmaHosts hosts({.rate = BitRate(1'000'000'000), .delay = 500us}, {}, bulk, bulk);
  hosts.connect();
  auto& server = hosts.world.start(hosts.right, "server", [&](Platform& p) -> Task<void> {
    auto listener = p.listen(any(5000), {});
    auto stream = co_await listener->accept(p.lane(0));
    co_await receive_pattern(stream);
  });
  auto& client = hosts.world.start(hosts.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(hosts.world.endpoint(hosts.right, 5000), {}, p.lane(0));
    co_await send_pattern(stream, MiB(30));
    stream.shutdown_send();
  });
  hosts.a->send(1u << 30);
  EXPECT_EQ(hosts.run([&] { return server.finished() && client.finished(); }, 20s), Outcome::reached);
  EXPECT_GT(hosts.a->written * bulk.length, 2u << 20) << "at " << dwcp::to_string(hosts.world.now().time_since_epoch());
  EXPECT_FALSE(hosts.a->failure);
  hosts.world.run_until(hosts.world.now() + 1s);
  const auto before = hosts.a->written;
  hosts.world.run_until(hosts.world.now() + 1s);
  EXPECT_GE(static_cast<double>((hosts.a->written - before) * bulk.length * 8), 0.9e9);
}

TEST(RdmaRate, FollowsALinkThatGetsSlower) {
  RdmaHosts hosts({.rate = ten_gigabits, .delay = 5us}, {}, bulk, bulk);
  hosts.connect();
  hosts.a->send(1u << 30);
  hosts.world.run_until(at_time(10ms));
  hosts.link.set_rate(BitRate(1'000'000'000));
  hosts.world.run_until(at_time(50ms));
  const auto before = hosts.a->written;
  hosts.world.run_until(at_time(150ms));
  EXPECT_GE(static_cast<double>((hosts.a->written - before) * bulk.length * 8) / 0.1, 0.9e9);
  EXPECT_EQ(hosts.left.adapter()->counters().repeated, 0u);
}

}  // namespace
}  // namespace dwcp::sim
