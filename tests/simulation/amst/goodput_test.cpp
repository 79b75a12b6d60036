// How much of a link a session uses, in virtual time.
#include "tests/simulation/amst/two_nodes.hpp"

namespace dwcp::amst::test {
namespace {

// What a link of this rate carries as TCP payload with 9000-byte packets.
double payload_rate(double link) { return link * (9000.0 - 52) / 9000; }

struct Figures {
  double rate = 0;  // payload bits per second, from second 2 (after slow start) to the last chunk
  Stats stats;
};

Figures transfer(Stage stage, Bytes total, Bytes chunk) {
  TwoNodes nodes(std::move(stage));
  Sink sink;
  Figures figures;
  const std::uint64_t count = total.value / chunk.value;
  nodes.left([&](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    auto body = source(count, chunk);
    co_await body(p, session);
    figures.stats = session->stats();
  });
  nodes.right(sink.body());
  nodes.finish();
  EXPECT_EQ(sink.seen.size(), count);
  EXPECT_EQ(sink.repeated + sink.damaged, 0u);
  EXPECT_EQ(figures.stats.payload_acknowledged, Bytes(count * chunk.value));
  if (!sink.arrivals.empty()) figures.rate = sink.rate(at_time(2s), sink.arrivals.rbegin()->first);
  const auto s = nodes.world.statistics();
  std::printf("  %.1f Mbit/s, %zu chunks, resent %s, cpu %.1f s, %llu events\n", figures.rate / 1e6, sink.seen.size(),
              dwcp::to_string(figures.stats.bytes_resent).c_str(), s.cpu_seconds,
              static_cast<unsigned long long>(s.events));
  return figures;
}

TEST(Goodput, FillsACleanPath) {
  const Figures f = transfer({}, MiB(640), KiB(256));
  EXPECT_GE(f.rate, 0.95 * payload_rate(1e9));
  EXPECT_EQ(f.stats.bytes_resent, Bytes(0));
  EXPECT_EQ(f.stats.streams_lost, 0u);
}

TEST(Goodput, FillsALossyPathWithBbr) {
  Stage stage;
  stage.links[0].loss = sim::LossOptions::independent(0.01);
  const Figures f = transfer(stage, MiB(640), KiB(256));
  EXPECT_GE(f.rate, 0.85 * payload_rate(1e9));
  EXPECT_EQ(f.stats.streams_lost, 0u);
}

}  // namespace
}  // namespace dwcp::amst::test
