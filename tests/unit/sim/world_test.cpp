#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

TEST(World, NamesAreUniqueAndThereIsOneWorld) {
  World world;
  auto& a = world.add_host("a");
  auto& b = world.add_router("b");
  EXPECT_THROW(world.add_host("a"), Error);
  EXPECT_EQ(world.add_link(a, b, {}).name(), "a-b");
  EXPECT_EQ(world.add_link(a, b, {}).name(), "a-b-2");
  EXPECT_THROW(world.add_link(a, b, {}, "a-b"), Error);
  EXPECT_THROW(World second, Error);
  EXPECT_THROW(world.at(TimePoint(-1ns), [] {}), Error);
}

TEST(World, ActionsRunAtTheirTimeAndMayReachTheGoal) {
  World world;
  int actions = 0;
  world.at(at_time(2s), [&] { ++actions; });
  world.at(at_time(1s), [&] { ++actions; });
  EXPECT_EQ(world.run_until([&] { return actions == 1; }, at_time(1h)), Outcome::reached);
  EXPECT_EQ(world.now(), at_time(1s));
  EXPECT_EQ(world.run_until([&] { return actions == 3; }, at_time(1h)), Outcome::deadlock);
  EXPECT_EQ(actions, 2);
  EXPECT_EQ(world.run_until([&] { return actions == 2; }, at_time(1h)), Outcome::reached);  // without any event
}

TEST(World, AnErrorThatLeavesAHandlerLeavesTheWorldUsable) {
  Pair pair;
  auto& program = pair.world.start(pair.left, "p", [](Platform& p) -> Task<void> {
    asio::post(p.control(), [] { throw Error(Errc::refused, "for the test"); });
    co_await platform::sleep_for(p, 1ms);
  });
  EXPECT_THROW(pair.world.run_until([&] { return program.finished(); }, at_time(1s)), Error);
  EXPECT_EQ(pair.world.run_until([&] { return program.finished(); }, at_time(1h)), Outcome::reached);
}

TEST(World, AnMtuOutOfRangeIsRefused) {
  EXPECT_THROW(World({.mtu = Bytes(500)}), Error);
  EXPECT_THROW(World({.mtu = Bytes(65536)}), Error);
  EXPECT_NO_THROW(World({.mtu = Bytes(1500)}));
}

TEST(World, RecordsOfProcessesAndFaultsComeInOrder) {
  Pair pair;
  std::vector<std::string> log;
  pair.world.set_record_sink([&](const platform::Record& r) {
    log.push_back(dwcp::to_string(r.time.time_since_epoch()) + " " + r.process + " " + std::string(r.name));
  });
  auto& program = pair.world.start(pair.left, "p", [](Platform& p) -> Task<void> {
    co_await platform::sleep_until(p, at_time(2ms));
    p.record("test.said", {{"count", 1}});
  });
  pair.world.flap(pair.link, at_time(1ms), 2ms, 3ms, 2);
  pair.world.at(at_time(9ms), [&] { pair.world.crash(pair.left); });
  pair.world.run_until(at_time(10ms));
  EXPECT_EQ(log, (std::vector<std::string>{"0 ns world world.process_started", "1 ms world world.link_cut",
                                           "2 ms p test.said", "3 ms world world.link_restored",
                                           "4 ms world world.link_cut", "6 ms world world.link_restored",
                                           "9 ms world world.machine_crashed", "9 ms world world.process_killed"}));
  EXPECT_FALSE(program.alive());
}

// Two sites with two hosts each: all traffic between the sites shares one link.
TEST(World, TrafficOverRoutersSharesTheirLink) {
  World world;
  auto& site_1 = world.add_router("site-1");
  auto& site_2 = world.add_router("site-2");
  const WireOptions lan{.rate = BitRate(1'000'000'000), .delay = 50us};
  auto& wan = world.add_link(site_1, site_2, WireOptions{.rate = BitRate(100'000'000), .delay = 10ms});
  std::vector<Machine*> left, right;
  for (int i = 0; i < 2; ++i) {
    left.push_back(&world.add_host("left-" + std::to_string(i)));
    right.push_back(&world.add_host("right-" + std::to_string(i)));
    world.add_link(*left.back(), site_1, lan);
    world.add_link(*right.back(), site_2, lan);
  }
  constexpr Bytes total = MiB(8);
  std::vector<Program*> receivers;
  std::vector<Received> received(2);
  for (std::size_t i = 0; i < 2; ++i) {
    receivers.push_back(&world.start(*right[i], "receiver-" + std::to_string(i), [&, i](Platform& p) -> Task<void> {
      auto listener = p.listen(any(4700), {});
      auto stream = co_await listener->accept(p.lane(0));
      received[i] = co_await receive_pattern(stream, 1 << 18, i);
    }));
    world.start(*left[i], "sender-" + std::to_string(i), [&, i](Platform& p) -> Task<void> {
      auto stream = co_await p.connect(world.endpoint(*right[i], 4700), {}, p.lane(0));
      co_await send_pattern(stream, total, 1 << 18, i);
    });
  }
  const auto done = [&] { return receivers[0]->finished() && receivers[1]->finished(); };
  EXPECT_EQ(world.run_until(done, at_time(60s)), Outcome::reached);
  for (const auto& r : received) {
    EXPECT_EQ(r.bytes, total.value);
    EXPECT_TRUE(r.right_content);
  }
  // 16 MiB at 100 Mbit/s take 1.34 s, however the two share it.
  EXPECT_GT(world.now(), at_time(1340ms));
  EXPECT_LT(world.now(), at_time(2100ms));
  EXPECT_GT(wan.wire(Direction::forward).counters().bytes_delivered, total * 2);
}

TEST(World, TheAddressChoosesThePath) {
  Pair pair;
  auto& second = pair.world.add_link(pair.left, pair.right, WireOptions{.delay = 100ms});
  auto& server = pair.world.start(pair.right, "server", [](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    for (int i = 0; i < 2; ++i) {
      auto stream = co_await listener->accept(p.lane(0));
      char byte;
      co_await stream.async_read_some(asio::buffer(&byte, 1), as_result);
    }
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    for (const Link* link : {&pair.link, &second}) {
      const TimePoint start = p.now();
      auto stream = co_await p.connect(pair.world.endpoint(pair.right, *link, 4700), {}, p.lane(0));
      EXPECT_EQ(stream.local().address, pair.world.endpoint(pair.left, *link, 0).address);
      const Duration round_trip = 2 * link->wire(Direction::forward).options().delay;
      EXPECT_GE(p.now() - start, round_trip);
      EXPECT_LT(p.now() - start, round_trip + 10us);
    }
  });
  pair.finish({&server, &client});
}

}  // namespace
}  // namespace dwcp::sim
