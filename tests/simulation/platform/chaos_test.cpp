// Processes and machines die and links fail at random times while many connections carry data: whatever happens, a byte
// that arrives is the right one, and nothing leaks, hangs or is used after its end.
#include <gmock/gmock.h>

#include "engine/platform/scope.hpp"
#include "sim/isolate.hpp"
#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

constexpr Duration chaos_time = 20s;

Task<void> receive_all(platform::Stream stream, std::uint64_t& good_bytes) {
  const Received received = co_await receive_pattern(stream, 50'000);
  EXPECT_TRUE(received.right_content);
  good_bytes += received.bytes;
}

Task<void> serve(Platform& p, std::uint64_t& good_bytes) {
  auto listener = p.listen(any(4700), {});
  platform::Scope scope(p, p.control(), [](std::exception_ptr) {});
  for (;;) scope.spawn(receive_all(co_await listener->accept(p.lane(0)), good_bytes));
}

// Connects again and again, each time for a random amount of data, some with a deadline that is too short.
Task<void> send_for_ever(Platform& p, std::vector<platform::Endpoint> servers) {
  Random random = p.random("chaos");
  for (;;) {
    const auto to = servers[random.below(servers.size())];
    const Bytes size(random.below(3'000'000));
    const Duration limit = random.between(10ms, 3s);
    const auto once = [&]() -> Task<void> {
      auto stream = co_await p.connect(to, {}, p.lane(0));
      co_await send_pattern(stream, size, 1 + random.below(300'000));
      if (random.chance(0.5)) stream.shutdown_send();
      char byte;
      co_await stream.async_read_some(asio::buffer(&byte, 1), as_result);
    };
    try {
      co_await platform::with_deadline(p, limit, "send", once());
    } catch (const boost::system::system_error&) {
      // Any failure of the network is expected here.
    }
    co_await platform::sleep_for(p, random.between(0ms, 50ms));
  }
}

ByteVector chaos(std::uint64_t seed) {
  Random random(seed);
  WireOptions wire{.rate = BitRate(50'000'000 + random.below(500'000'000)), .delay = random.between(1ms, 60ms)};
  wire.jitter = wire.delay / 5;
  wire.loss = random.chance(0.5) ? LossOptions::bursty(0.01, 5) : LossOptions::independent(random.uniform() * 0.02);
  Pair pair(wire, seed);
  auto& second = pair.world.add_link(pair.left, pair.right, wire);
  std::uint64_t good_bytes = 0;
  std::vector<Program*> programs = {
      &pair.world.start(pair.right, "server", [&](Platform& p) { return serve(p, good_bytes); })};
  for (int i = 0; i < 4; ++i)
    programs.push_back(&pair.world.start(pair.left, "client-" + std::to_string(i), [&](Platform& p) {
      return send_for_ever(p, {pair.right_port(4700), pair.world.endpoint(pair.right, second, 4700)});
    }));
  for (int i = 0; i < 40; ++i) {
    const TimePoint t = at_time(random.between(1ms, chaos_time));
    const TimePoint later = t + random.between(1ms, 2s);
    Program* victim = programs[random.below(programs.size())];
    Machine& machine = random.chance(0.5) ? pair.left : pair.right;
    Link& link = random.chance(0.5) ? pair.link : second;
    const auto start_if_dead = [victim] {
      if (!victim->alive() && victim->machine().powered()) victim->start();
    };
    switch (random.below(5)) {
      case 0:
        pair.world.at(t, [victim] { victim->kill(Farewell::reset); });
        pair.world.at(later, start_if_dead);
        break;
      case 1:
        pair.world.at(t, [victim] { victim->kill(Farewell::silence); });
        pair.world.at(later, start_if_dead);
        break;
      case 2:
        pair.world.at(t, [&] { pair.world.crash(machine); });
        pair.world.at(later, [&] { pair.world.boot(machine); });
        break;
      case 3:
        pair.world.at(t, [&link] { link.cut(); });
        pair.world.at(later, [&link] { link.restore(); });
        break;
      default:
        pair.world.at(t, [&link, rate = 10'000'000 + random.below(900'000'000)] { link.set_rate(BitRate(rate)); });
        break;
    }
  }
  pair.world.run_until(at_time(chaos_time + 5s));
  EXPECT_GT(good_bytes, 1'000'000u) << "seed " << seed;
  if (testing::Test::HasFailure()) throw Error(Errc::internal, "seed " + std::to_string(seed) + " failed");
  return {};
}

TEST(Chaos, TwentySeeds) {
  std::vector<std::string> failures;  // told at the end: the children inherit what has failed before
  run_isolated(
      20, 1, 300s, [](std::size_t i) { return chaos(i + 1); },
      [&](std::size_t i, IsolatedResult r) {
        if (r.end != IsolatedResult::End::returned)
          failures.push_back("seed " + std::to_string(i + 1) + ": " + r.detail);
        return true;
      });
  EXPECT_THAT(failures, testing::IsEmpty());
}

}  // namespace
}  // namespace dwcp::sim
