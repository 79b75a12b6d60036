// Sessions over two paths: both are filled, a dead one costs its share, and one that is back is used again.
#include "tests/simulation/amst/two_nodes.hpp"

namespace dwcp::amst::test {
namespace {

constexpr std::uint64_t of_each = 100'000'000;  // bit/s
constexpr double filled = 0.88;                 // of what the links carry, their headers included

// Sends as much as it can for all of `time`.
TwoNodes::Body busy(Duration time) {
  return [time](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    for (std::uint64_t i = 1; p.now().time_since_epoch() < time; ++i) {
      std::vector<Slice> chunk = numbered(i, KiB(128));
      co_await session->send({}, std::move(chunk));
    }
    co_await session->drained();
    co_await session->close();
  };
}

Stage two_paths(std::uint64_t second = of_each) {
  Stage stage;
  stage.links = {{.rate = BitRate(of_each), .delay = 20ms}, {.rate = BitRate(second), .delay = 20ms}};
  stage.dialing.stream_timeout = stage.accepting.stream_timeout = 3s;
  return stage;
}

struct MultipathRun {
  MultipathRun(const Stage& stage, Duration time) : nodes(stage), time_(time) {
    nodes.left(busy(time));
    nodes.right(sink.body());
  }
  void finish() {
    nodes.finish(time_ + 60s);
    EXPECT_EQ(sink.repeated + sink.damaged, 0u);
  }
  double rate(Duration from, Duration to) const { return sink.rate(at_time(from), at_time(to)); }

  TwoNodes nodes;
  Sink sink;

 private:
  Duration time_;
};

TEST(Multipath, BothPathsAreFilledHoweverUnequal) {
  for (const std::uint64_t second : {of_each, of_each / 4}) {
    MultipathRun run(two_paths(second), 8s);
    run.finish();
    EXPECT_GE(run.rate(3s, 7s), filled * static_cast<double>(of_each + second)) << second;
  }
}

// Link 0 is the one that the control connection is on first.
TEST(Multipath, ADeadPathCostsItsShareAndIsUsedAgainWhenItIsBack) {
  for (const std::size_t dead : {0u, 1u}) {
    MultipathRun run(two_paths(), 40s);
    run.nodes.world.at(at_time(4s), [&run, dead] { run.nodes.links[dead]->cut(); });
    run.nodes.world.at(at_time(14s), [&run, dead] { run.nodes.links[dead]->restore(); });
    run.finish();
    EXPECT_GE(run.rate(2s, 4s), filled * 2 * of_each) << dead;
    EXPECT_GE(run.rate(4s, 14s), 0.75 * of_each) << dead;
    EXPECT_GE(run.rate(9s, 14s), filled * of_each) << dead;
    EXPECT_GE(run.rate(32s, 38s), filled * 2 * of_each) << dead;
  }
}

}  // namespace
}  // namespace dwcp::amst::test
