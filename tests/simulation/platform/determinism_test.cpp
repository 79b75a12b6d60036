// One seed decides everything: the same scenario gives the same records and the same trace, byte for byte.
#include <cstdio>
#include <variant>

#include "engine/platform/scope.hpp"
#include "sim/isolate.hpp"
#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

std::string line(const platform::Record& r) {
  std::string text = std::to_string(r.time.time_since_epoch().count()) + " " + r.process + " " + std::string(r.name);
  for (const auto& field : r.fields) {
    text += " " + std::string(field.key) + "=";
    std::visit(
        [&](const auto& value) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
            text += value;
          else
            text += std::to_string(value);
        },
        field.value);
  }
  return text + "\n";
}

// A transfer with loss, jitter, faults, timers, random choices, storage and compute; its log and trace.
ByteVector scenario(std::uint64_t seed, double loss) {
  Pair pair({.rate = BitRate(100'000'000), .delay = 20ms, .jitter = 3ms, .loss = LossOptions::independent(loss)}, seed);
  std::string log;
  pair.world.set_record_sink([&](const platform::Record& r) { log += line(r); });
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) -> Task<void> {
    auto listener = p.listen(any(4700), {});
    platform::Scope scope(p, p.control());
    auto file = co_await p.storage().open("log", platform::OpenMode::create);
    for (int i = 0; i < 3; ++i) {
      auto stream = co_await listener->accept(p.lane(0));
      scope.spawn([](Platform& q, platform::Stream s, platform::File& f) -> Task<void> {
        const Received received = co_await receive_pattern(s, 10'000);
        const Bytes end = co_await f.size();
        co_await f.write_at(end.value, as_bytes("done"));
        co_await f.sync();
        q.record("test.received", {{"size_bytes", received.bytes}, {"right", received.right_content}});
      }(p, std::move(stream), *file));
    }
    co_await scope.join();
  });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    Random random = p.random("sizes");
    for (int i = 0; i < 3; ++i) {
      co_await platform::sleep_for(p, random.between(1ms, 200ms));
      auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
      co_await p.compute().run("test", [] { return platform::WorkList{{platform::WorkKind::zstd_encode, 3, MiB(1)}}; });
      co_await send_pattern(stream, Bytes(500'000 + random.below(1'000'000)));
      const auto sample = stream.path_sample();
      p.record("test.sent", {{"rtt_ns", sample.rtt_smoothed},
                             {"rate_bps", sample.delivery_rate},
                             {"segments_retransmitted", sample.segments_retransmitted}});
      stream.shutdown_send();
    }
  });
  pair.world.flap(pair.link, at_time(300ms), 50ms, 200ms, 3);
  pair.finish({&server, &client});
  EXPECT_TRUE(server.finished());
  char trace[64];
  std::snprintf(trace, sizeof trace, "trace %016llx events %llu",
                static_cast<unsigned long long>(pair.world.trace_hash()),
                static_cast<unsigned long long>(pair.world.statistics().events));
  log += trace;
  const auto bytes = as_bytes(log);
  return {bytes.begin(), bytes.end()};
}

std::string run(std::uint64_t seed, double loss) {
  const auto result = run_isolated([&] { return scenario(seed, loss); }, 120s);
  EXPECT_EQ(result.end, IsolatedResult::End::returned) << result.detail;
  return std::string(as_text(result.bytes));
}

TEST(Determinism, TheSameSeedGivesTheSameLogAndTrace) {
  const std::string first = run(7, 0.01);
  EXPECT_NE(first.find("test.received"), std::string::npos) << first;
  EXPECT_NE(first.find("right=1"), std::string::npos) << first;
  const ByteVector ballast(12'345'678);  // other addresses in memory
  EXPECT_EQ(first, run(7, 0.01));
}

TEST(Determinism, AnotherSeedGivesAnother) { EXPECT_NE(run(7, 0.01), run(8, 0.01)); }

TEST(Determinism, TheTraceTellsWhatTheLogDoesNot) {
  const auto trace_of = [](const std::string& log) { return log.substr(log.find("trace ")); };
  EXPECT_NE(trace_of(run(7, 0.01)), trace_of(run(7, 0.02)));
}

}  // namespace
}  // namespace dwcp::sim
