// How much of a link a session uses, in virtual time.
#include "tests/simulation/amst/two_nodes.hpp"

namespace dwcp::amst::test {
namespace {

// What a link of this rate carries as TCP payload with 9000-byte packets.
double payload_rate(double link) { return link * (9000.0 - 52) / 9000; }

struct Figures {
  double rate = 0;  // payload bits per second
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
  // Without slow start, and without the end, which the streams do not reach together; the mean over several starts and
  // ends, since chunks arrive in bursts behind repaired losses.
  const auto when = [&](std::uint64_t percent) {
    const auto reached = [&](const auto& a) { return a.second.value >= total.value / 100 * percent; };
    return std::find_if(sink.arrivals.begin(), sink.arrivals.end(), reached)->first;
  };
  if (sink.bytes == Bytes(count * chunk.value))
    for (std::uint64_t i = 0; i < 20; ++i) figures.rate += sink.rate(when(20 + i), when(75 + i)) / 20;
  ::testing::Test::RecordProperty("mbit_per_s", std::to_string(figures.rate / 1e6));
  return figures;
}

// The window covers what is under way with the link's queue full, twice: what follows a lost packet waits in TCP for
// its repetition.
Stage wide_window() {
  Stage stage;
  stage.dialing.send_window = stage.accepting.receive_window = MiB(96);
  return stage;
}

TEST(Goodput, FillsACleanPath) {
  const Figures f = transfer(wide_window(), MiB(1024), KiB(256));
  EXPECT_GE(f.rate, 0.95 * payload_rate(1e9));
  EXPECT_EQ(f.stats.bytes_resent, Bytes(0));
  EXPECT_EQ(f.stats.streams_lost, 0u);
}

TEST(Goodput, FillsALossyPathWithBbr) {
  Stage stage = wide_window();
  stage.links[0].loss = sim::LossOptions::independent(0.01);
  const Figures f = transfer(stage, MiB(1024), KiB(256));
  EXPECT_GE(f.rate, 0.92 * payload_rate(1e9));
  EXPECT_EQ(f.stats.streams_lost, 0u);
}

// Whole bursts are lost, as in the queue of a busy router: 1 % on average, 8 packets in a row.
TEST(Goodput, FillsAPathThatLosesInBursts) {
  Stage stage = wide_window();
  stage.links[0].loss = sim::LossOptions::bursty(0.01, 8);
  const Figures f = transfer(stage, MiB(1024), KiB(256));
  EXPECT_GE(f.rate, 0.90 * payload_rate(1e9));
  EXPECT_EQ(f.stats.streams_lost, 0u);
}

// A geostationary satellite's round trip: 75 MB are on their way.
TEST(Goodput, FillsAVeryLongPath) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "takes minutes under a sanitizer, through the same code as the others";
#endif
  Stage stage;
  stage.dialing.send_window = stage.accepting.receive_window = MiB(384);
  stage.links[0].delay = 300ms;
  const Figures f = transfer(stage, MiB(3072), KiB(256));
  EXPECT_GE(f.rate, 0.85 * payload_rate(1e9));
  EXPECT_EQ(f.stats.streams_lost, 0u);
}

}  // namespace
}  // namespace dwcp::amst::test
