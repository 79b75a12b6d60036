// The number of streams follows what the path carries, in a running session, and nothing is lost or sent again by that.
#include <algorithm>

#include "tests/simulation/amst/two_nodes.hpp"

namespace dwcp::amst::test {
namespace {

Stage climbing(CongestionControl congestion, double loss) {
  Stage stage;
  stage.links = {{.rate = BitRate(100'000'000), .delay = 20ms, .loss = sim::LossOptions::independent(loss)}};
  stage.dialing.congestion = stage.accepting.congestion = congestion;
  stage.dialing.streams = 16;
  stage.dialing.streams_min = 1;
  return stage;
}

struct Climbed {
  std::size_t streams = 0;  // connected at the end
  double rate = 0;          // payload bits per second, in the last third
  Stats stats;
};

Task<void> send_numbered(std::shared_ptr<Session> session, std::uint64_t count) {
  for (std::uint64_t i = 1; i <= count; ++i) {
    std::vector<Slice> chunk = numbered(i, KiB(64));
    co_await session->send({}, std::move(chunk));
  }
  co_await session->drained();
}

// `answers`: how many chunks come back meanwhile.
Climbed climb(Stage stage, std::uint64_t chunks, std::uint64_t answers = 0) {
  TwoNodes nodes(std::move(stage));
  Sink sink, sink_of_answers;
  Climbed climbed;
  nodes.left([&](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    platform::Scope scope(p, p.control());
    const auto answers_arrive = sink_of_answers.body();
    scope.spawn(answers_arrive(p, session));
    co_await send_numbered(session, chunks);
    climbed.stats = session->stats();
    co_await session->close();
    scope.cancel();
  });
  nodes.right([&](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    platform::Scope scope(p, p.control());
    scope.spawn(send_numbered(session, answers));
    const auto body = sink.body();
    co_await body(p, session);
    scope.cancel();
  });
  nodes.finish();
  EXPECT_EQ(sink.seen.size(), chunks);
  EXPECT_EQ(sink.repeated + sink.damaged, 0u);
  EXPECT_EQ(sink_of_answers.seen.size(), answers);
  EXPECT_EQ(sink_of_answers.repeated + sink_of_answers.damaged, 0u);
  const auto& all = climbed.stats.streams;
  climbed.streams = static_cast<std::size_t>(std::ranges::count_if(all, &StreamInfo::connected));
  const auto late = std::next(sink.arrivals.begin(), static_cast<std::ptrdiff_t>(sink.arrivals.size() * 2 / 3));
  climbed.rate = sink.rate(late->first, std::prev(sink.arrivals.end())->first);
  EXPECT_EQ(climbed.stats.streams_lost, 0u);
  EXPECT_EQ(climbed.stats.bytes_resent, Bytes(0));
  EXPECT_GT(nodes.count("amst.streams_wanted", "left"), 0u);
  ::testing::Test::RecordProperty("mbit_per_s", std::to_string(climbed.rate / 1e6));
  ::testing::Test::RecordProperty("streams", std::to_string(climbed.streams));
  return climbed;
}

TEST(Climb, OnALossyPathManyCubicStreamsCarryMore) {
  const Climbed c = climb(climbing(CongestionControl::cubic, 0.02), 4000);
  EXPECT_GE(c.streams, 9u);
  EXPECT_GE(c.rate, 0.8e8);
}

TEST(Climb, OnACleanPathFewAreEnough) {
  const Climbed c = climb(climbing(CongestionControl::bbr, 0), 8000);
  EXPECT_LE(c.streams, 4u);
  EXPECT_GE(c.rate, 0.9e8);
}

TEST(Climb, BothDirectionsKeepTheirChunksWhileStreamsComeAndGo) {
  climb(climbing(CongestionControl::bbr, 0), 6000, 500);
}

TEST(Climb, UnderTlsToo) {
  Stage stage = climbing(CongestionControl::bbr, 0);
  const TestCluster cluster;
  stage.left = cluster.node("left");
  stage.right = cluster.node("right");
  climb(std::move(stage), 3000, 100);
}

// Each of two paths is filled, by as many as it needs.
TEST(Climb, EachPathHasItsOwnNumber) {
  Stage stage = climbing(CongestionControl::cubic, 0.02);
  stage.links.push_back({.rate = BitRate(100'000'000), .delay = 20ms});
  const Climbed c = climb(std::move(stage), 8000);
  const auto on_the_lossy = std::ranges::count_if(
      c.stats.streams, [](const StreamInfo& stream) { return stream.connected && stream.index % 2 == 0; });
  EXPECT_GE(on_the_lossy, 5);
  EXPECT_GE(c.rate, 1.5e8);
}

}  // namespace
}  // namespace dwcp::amst::test
