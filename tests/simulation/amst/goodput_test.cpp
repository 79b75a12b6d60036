// How much of a link a session uses, in virtual time.
#include "tests/simulation/amst/two_nodes.hpp"

namespace dwcp::amst::test {
namespace {

// What a link of this rate carries as TCP payload with 9000-byte packets.
double payload_rate(double link) { return link * (9000.0 - 52) / 9000; }

struct Figures {
  double rate = 0;  // payload bits per second, after slow start (second 2)
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
  // The last twentieth is left out: the streams do not end at the same moment.
  const auto end = std::find_if(sink.arrivals.begin(), sink.arrivals.end(),
                                [&](const auto& a) { return a.second.value > total.value / 20 * 19; });
  if (end != sink.arrivals.end()) figures.rate = sink.rate(at_time(2s), end->first);
  ::testing::Test::RecordProperty("mbit_per_s", std::to_string(figures.rate / 1e6));
  return figures;
}

TEST(Goodput, FillsACleanPath) {
  const Figures f = transfer({}, MiB(1024), KiB(256));
  EXPECT_GE(f.rate, 0.95 * payload_rate(1e9));
  EXPECT_EQ(f.stats.bytes_resent, Bytes(0));
  EXPECT_EQ(f.stats.streams_lost, 0u);
}

TEST(Goodput, FillsALossyPathWithBbr) {
  Stage stage;
  stage.links[0].loss = sim::LossOptions::independent(0.01);
  const Figures f = transfer(stage, MiB(1024), KiB(256));
  EXPECT_GE(f.rate, 0.85 * payload_rate(1e9));
  EXPECT_EQ(f.stats.streams_lost, 0u);
}

}  // namespace
}  // namespace dwcp::amst::test
