// Sessions whose data goes by RDMA, and what becomes of them when it does no more, in virtual time.
#include <gmock/gmock.h>

#include "tests/simulation/amst/two_nodes.hpp"

namespace dwcp::amst::test {
namespace {

constexpr BitRate datacenter(10'000'000'000), affordable(1'000'000'000);
constexpr Bytes chunk_size = KiB(256);

Stage by_rdma() {
  Stage stage;
  stage.links = {{.rate = datacenter, .delay = 50us}};
  stage.dialing.streams = stage.accepting.streams = 4;
  stage.left_rdma = stage.right_rdma = true;
  return stage;
}

Stage by_rdma_and_tls() {
  static const TestCluster cluster;
  Stage stage = by_rdma();
  stage.left = cluster.node("left");
  stage.right = cluster.node("right");
  return stage;
}

std::size_t with(Carrier carrier, const Stats& stats) {
  return static_cast<std::size_t>(
      std::count_if(stats.streams.begin(), stats.streams.end(), [&](const auto& s) { return s.carrier == carrier; }));
}

// Sends for `time`, calling `then` at the times it names, drains and closes.
struct Step {
  Duration at;
  std::function<void(Session&)> what;
};
struct Source {
  std::uint64_t sent = 0;
  Stats stats;

  // Without the closing.
  Task<void> send(Platform& p, Session& session, Duration time, std::vector<Step> steps = {}) {
    const TimePoint start = p.now();
    auto next = steps.begin();
    while (p.now() - start < time) {
      if (next != steps.end() && p.now() - start >= next->at) (next++)->what(session);
      std::vector<Slice> chunk = numbered(++sent, chunk_size);
      co_await session.send({}, std::move(chunk));
    }
    co_await session.drained();
    stats = session.stats();
  }
  TwoNodes::Body body(Duration time, std::vector<Step> steps = {}) {
    return [this, time, steps](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
      co_await send(p, *session, time, steps);
      co_await session->close();
    };
  }
};

Task<void> receive_until_closed(Platform& p, std::shared_ptr<Session> session, Sink& sink) {
  auto body = sink.body();
  co_await body(p, session);
}

// RDMA is not wanted from second 1 to second 3.
std::vector<Step> off_and_on() {
  std::vector<Step> steps;
  steps.push_back({1s, [](Session& s) { s.set_rdma(false); }});
  steps.push_back({3s, [](Session& s) { s.set_rdma(true); }});
  return steps;
}

// Two nodes, of which the left sends for `time`.
struct Sending {
  Sending(const Stage& stage, Duration time, std::vector<Step> steps = {}) : nodes(stage) {
    nodes.left(source.body(time, std::move(steps)));
    nodes.right(sink.body());
  }
  void finish_whole() {
    nodes.finish();
    EXPECT_EQ(sink.seen.size(), source.sent);
    EXPECT_EQ(sink.repeated + sink.damaged, 0u);
  }

  TwoNodes nodes;
  Source source;
  Sink sink;
};

// The longest time within [from, to] in which nothing arrived.
Duration longest_gap(const Sink& sink, TimePoint from, TimePoint to) {
  Duration longest{0};
  TimePoint last = from;
  for (auto it = sink.arrivals.lower_bound(from); it != sink.arrivals.end() && it->first <= to; ++it) {
    longest = std::max(longest, it->first - last);
    last = it->first;
  }
  return std::max(longest, to - last);
}

TEST(Rdma, CarriesTheDataAndFillsTheLink) {
  for (const Stage& stage : {by_rdma(), by_rdma_and_tls()}) {
    Sending sending(stage, 500ms);
    auto& [nodes, source, sink] = sending;
    sending.finish_whole();
    EXPECT_EQ(with(Carrier::rdma, source.stats), 4u);
    EXPECT_EQ(source.stats.rdma_failures, 0u);
    EXPECT_GE(sink.rate(at_time(100ms), at_time(400ms)), 0.9 * static_cast<double>(datacenter.value));
  }
}

TEST(Rdma, IsLeftAloneWhereOneSideHasNone) {
  for (const bool left : {false, true}) {
    Stage stage = by_rdma();
    stage.left_rdma = left;
    stage.right_rdma = !left;
    Sending sending(stage, 100ms);
    auto& [nodes, source, sink] = sending;
    sending.finish_whole();
    EXPECT_EQ(with(Carrier::tcp, source.stats), 4u);
    EXPECT_EQ(nodes.count("amst.rdma_failed"), 0u);
  }
}

TEST(Rdma, IsLeftAloneWhereItIsNotWanted) {
  Stage stage = by_rdma();
  stage.accepting.rdma = false;
  Sending sending(stage, 100ms);
  auto& [nodes, source, sink] = sending;
  sending.finish_whole();
  EXPECT_EQ(with(Carrier::tcp, source.stats), 4u);
}

// The hosts do RDMA, but not where this session is: nothing has failed.
TEST(Rdma, IsLeftAloneWhereTheAddressHasNoDevice) {
  for (const bool at_left : {false, true}) {
    Stage stage = by_rdma();
    stage.links[0].rate = affordable;
    Sending sending(stage, 5s, off_and_on());
    auto& [nodes, source, sink] = sending;
    nodes.start();
    nodes.run_for(2900ms);
    EXPECT_EQ(with(Carrier::tcp, nodes.left_session->stats()), 4u);
    nodes.world.set_rdma(at_left ? nodes.left_host : nodes.right_host, false);
    sending.finish_whole();
    EXPECT_EQ(with(Carrier::tcp, source.stats), 4u);
    EXPECT_EQ(nodes.count("amst.rdma_failed"), 0u);
    EXPECT_EQ(source.stats.rdma_failures, 0u);
    EXPECT_EQ(nodes.count("amst.rdma_absent", "left"), 1u);
  }
}

// Loudly, within the session, and back when the adapter is.
TEST(Rdma, WhenAnAdapterFailsTcpCarriesOn) {
  for (const Stage& base : {by_rdma(), by_rdma_and_tls()}) {
    Stage stage = base;
    stage.dialing.rdma_retry = 2s;
    stage.links[0].rate = affordable;
    Sending sending(stage, 5s);
    auto& [nodes, source, sink] = sending;
    nodes.start();
    nodes.run_for(1s);
    EXPECT_EQ(with(Carrier::rdma, nodes.left_session->stats()), 4u);
    nodes.world.set_rdma(nodes.right_host, false);
    nodes.run_for(1s);
    EXPECT_GE(nodes.count("amst.rdma_failed", "left"), 1u);
    EXPECT_EQ(with(Carrier::tcp, nodes.left_session->stats()), 4u);
    nodes.world.set_rdma(nodes.right_host, true);
    nodes.run_for(2500ms);
    EXPECT_EQ(with(Carrier::rdma, nodes.left_session->stats()), 4u);
    sending.finish_whole();
    EXPECT_LT(longest_gap(sink, at_time(1s), at_time(4s)), 1s);
  }
}

// A mode change: less than 2 s, nothing lost, nothing sent twice.
TEST(Rdma, ChangesOverToTcpAndBackUnderLoad) {
  Stage stage = by_rdma_and_tls();
  stage.links[0].rate = affordable;
  Sending sending(stage, 5s, off_and_on());
  auto& [nodes, source, sink] = sending;
  nodes.start();
  nodes.run_for(2900ms);
  EXPECT_EQ(with(Carrier::tcp, nodes.left_session->stats()), 4u);
  sending.finish_whole();
  EXPECT_EQ(with(Carrier::rdma, source.stats), 4u);
  EXPECT_EQ(source.stats.bytes_resent, Bytes(0));
  EXPECT_EQ(source.stats.streams_lost, 0u);
  std::vector<TimePoint> joined;
  for (const Event& e : nodes.events)
    if (e.name == "amst.stream_joined" && e.process == "left") joined.push_back(e.time);
  ASSERT_EQ(joined.size(), 12u);
  EXPECT_LT(joined[7] - at_time(1s), 500ms);
  TimePoint last_retired{};
  for (const Event& e : nodes.events)
    if (e.name == "amst.stream_retired" && e.process == "left" && e.time < at_time(3s)) last_retired = e.time;
  EXPECT_GT(last_retired, at_time(1s));
  EXPECT_LT(last_retired, at_time(3s));  // the change is over in less than 2 s
  EXPECT_LT(longest_gap(sink, at_time(900ms), at_time(4500ms)), 100ms);
}

// A stream ends one direction at a time: what is under way in the other still gets through.
TEST(Rdma, ChangesOverWhileBothSidesSend) {
  Stage stage = by_rdma();
  stage.links[0].rate = affordable;
  stage.dialing.streams = stage.accepting.streams = 2;
  TwoNodes nodes(stage);
  Source source, answers;
  Sink sink, sink_of_answers;
  nodes.left([&](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    platform::Scope scope(p, p.control());
    scope.spawn(receive_until_closed(p, session, sink_of_answers));
    auto body = source.body(5s, off_and_on());
    co_await body(p, session);
    co_await scope.join();
  });
  nodes.right([&](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    platform::Scope scope(p, p.control());
    scope.spawn(receive_until_closed(p, session, sink));
    co_await answers.send(p, *session, 4s);
    co_await scope.join();
  });
  nodes.finish();
  EXPECT_EQ(sink.seen.size(), source.sent);
  EXPECT_EQ(sink_of_answers.seen.size(), answers.sent);
  EXPECT_EQ(source.stats.bytes_resent + answers.stats.bytes_resent, Bytes(0));
  EXPECT_EQ(source.stats.streams_lost + answers.stats.streams_lost, 0u);
  EXPECT_EQ(source.stats.rdma_failures + answers.stats.rdma_failures, 0u);
}

TEST(Rdma, SurvivesLossAndShortCuts) {
  Stage stage = by_rdma_and_tls();
  stage.links[0].loss = sim::LossOptions::independent(0.01);
  Sending sending(stage, 2s);
  auto& [nodes, source, sink] = sending;
  nodes.start();
  nodes.run_for(1s);
  nodes.links[0]->cut();
  nodes.run_for(100ms);
  nodes.links[0]->restore();
  sending.finish_whole();
}

TEST(Rdma, ALongCutEndsTheQueuePairsAndNotTheSession) {
  Stage stage = by_rdma();
  stage.links[0].rate = affordable;
  Sending sending(stage, 10s);
  auto& [nodes, source, sink] = sending;
  nodes.start();
  nodes.run_for(1s);
  nodes.links[0]->cut();
  nodes.run_for(5s);
  nodes.links[0]->restore();
  sending.finish_whole();
  EXPECT_GE(nodes.count("amst.rdma_failed", "left"), 1u);
  EXPECT_EQ(with(Carrier::tcp, source.stats), 4u);  // until rdma_retry is over
}

TEST(Rdma, APeerThatDiesIsSeenByTheEndOfTcp) {
  Stage stage = by_rdma();
  stage.dialing.resume_timeout = stage.accepting.resume_timeout = 3s;
  TwoNodes nodes(stage);
  Failure end;
  nodes.left([&](Platform&, std::shared_ptr<Session> session) -> Task<void> {
    try {
      for (std::uint64_t i = 1;; ++i) {
        std::vector<Slice> chunk = numbered(i, chunk_size);
        co_await session->send({}, std::move(chunk));
      }
    } catch (const Error& error) {
      end = Failure(error.code(), error.detail());
    }
  });
  Sink sink;
  nodes.right(sink.body());
  nodes.start();
  nodes.run_for(500ms);
  nodes.right_program->kill();
  nodes.run_for(200ms);
  EXPECT_EQ(nodes.count("amst.stream_lost", "left"), 4u);
  nodes.run_for(20s);
  EXPECT_EQ(end.code, Errc::session_lost);
}

}  // namespace
}  // namespace dwcp::amst::test
