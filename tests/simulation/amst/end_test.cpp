// How sessions end: in order, by abort, by the death of either side, by patience.
#include "tests/simulation/amst/two_nodes.hpp"

namespace dwcp::amst::test {
namespace {

struct End {
  Failure failure;
  TimePoint time;
};

// Receives until the session ends; notes how and when.
TwoNodes::Body listen(End& end) {
  return [&end](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    try {
      for (;;) {
        const Delivery delivery = co_await session->receive();
        session->release(delivery.sequence);
      }
    } catch (const Error& error) {
      end = {Failure(error.code(), error.detail()), p.now()};
    }
  };
}

Stage impatient(Duration resume_timeout) {
  Stage stage;
  stage.dialing.resume_timeout = stage.accepting.resume_timeout = resume_timeout;
  return stage;
}

TEST(End, CloseWaitsForWhatWasSentAndThePeerSeesIt) {
  TwoNodes nodes;
  End end;
  bool all_acknowledged = false;
  nodes.left([&](Platform&, std::shared_ptr<Session> session) -> Task<void> {
    for (int i = 0; i < 5; ++i) {
      std::vector<Slice> chunk = numbered(1, KiB(100));
      co_await session->send({}, std::move(chunk));
    }
    co_await session->close();
    all_acknowledged = session->stats().payload_acknowledged == KiB(500);
  });
  nodes.right(listen(end));
  nodes.finish();
  EXPECT_TRUE(all_acknowledged);
  EXPECT_EQ(end.failure.code, Errc::session_closed);
  EXPECT_EQ(nodes.count("amst.stream_lost"), 0u);
}

// The new control connection, which replaces the silent one, must not be taken for the peer's leaving.
TEST(End, AClosingThatAnOutageSwallowedIsToldAgain) {
  TwoNodes nodes;
  End end;
  nodes.left([&](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    std::vector<Slice> chunk = numbered(1, KiB(100));
    co_await session->send({}, std::move(chunk));
    co_await session->drained();
    co_await platform::sleep_until(p, at_time(5010ms));
    co_await session->close();
  });
  nodes.right(listen(end));
  nodes.world.at(at_time(5s), [&] { nodes.links[0]->cut(); });
  nodes.world.at(at_time(9s), [&] { nodes.links[0]->restore(); });
  nodes.finish();
  EXPECT_EQ(end.failure.code, Errc::session_closed) << end.failure.message();
  EXPECT_LT(end.time, at_time(11s));
}

// All that was sent has been applied: nothing is left to fail.
TEST(End, ClosingTowardsAPeerThatIsGoneSucceeds) {
  TwoNodes nodes;
  TimePoint closed_at{};
  nodes.left([&](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    std::vector<Slice> chunk = numbered(1, KiB(100));
    co_await session->send({}, std::move(chunk));
    co_await session->drained();
    co_await platform::sleep_until(p, at_time(5010ms));
    co_await session->close();
    closed_at = p.now();
  });
  End end;
  nodes.right(listen(end));
  nodes.start();
  nodes.world.at(at_time(5s), [&] { nodes.right_program->kill(); });
  nodes.world.run_until([&] { return nodes.left_program->finished(); }, at_time(100s));
  EXPECT_NO_THROW(nodes.left_program->rethrow_failure());
  EXPECT_GT(closed_at, at_time(5010ms));
  EXPECT_LT(closed_at, at_time(7s));
}

TEST(End, AbortTellsThePeerWhy) {
  TwoNodes nodes;
  End end;
  nodes.left([](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    session->abort({Errc::cancelled, "the user said so"});
    EXPECT_EQ(session->state(), State::closed);
    co_await platform::sleep_for(p, 5s);
  });
  nodes.right(listen(end));
  nodes.finish();
  EXPECT_EQ(end.failure.code, Errc::cancelled);
  EXPECT_NE(end.failure.detail.find("the user said so"), std::string::npos) << end.failure.detail;
  EXPECT_LT(end.time, at_time(1s));
}

TEST(End, PatienceEndsOnBothSides) {
  TwoNodes nodes(impatient(20s));
  End left, right;
  nodes.left(listen(left));
  nodes.right(listen(right));
  nodes.world.at(at_time(5s), [&] { nodes.links[0]->cut(); });
  nodes.finish();
  for (const End& end : {left, right}) {
    EXPECT_EQ(end.failure.code, Errc::session_lost);
    EXPECT_GT(end.time, at_time(25s));
    EXPECT_LT(end.time, at_time(28s));
  }
}

TEST(End, ADeadAcceptorIsMissedUntilPatienceEnds) {
  TwoNodes nodes(impatient(20s));
  End left, right;
  nodes.left(listen(left));
  nodes.right(listen(right));
  nodes.start();
  nodes.world.at(at_time(5s), [&] { nodes.right_program->kill(); });
  nodes.world.run_until([&] { return nodes.left_program->finished(); }, at_time(100s));
  EXPECT_EQ(left.failure.code, Errc::session_lost);
  EXPECT_GT(left.time, at_time(24s));
  EXPECT_LT(left.time, at_time(27s));
}

TEST(End, ARestartedAcceptorDoesNotKnowTheSession) {
  TwoNodes nodes(impatient(200s));
  End left, right;
  nodes.left(listen(left));
  nodes.right(listen(right));
  nodes.start();
  nodes.world.at(at_time(5s), [&] { nodes.right_program->kill(); });
  nodes.world.at(at_time(6s), [&] { nodes.right_program->start(); });
  nodes.world.run_until([&] { return nodes.left_program->finished(); }, at_time(100s));
  EXPECT_EQ(left.failure.code, Errc::session_lost);
  EXPECT_LT(left.time, at_time(9s));
}

TEST(End, ADeadDialerIsMissedUntilPatienceEnds) {
  TwoNodes nodes(impatient(20s));
  End left, right;
  nodes.left(listen(left));
  nodes.right(listen(right));
  nodes.start();
  nodes.world.at(at_time(5s), [&] { nodes.left_program->kill(sim::Farewell::silence); });
  nodes.world.run_until([&] { return nodes.right_program->finished(); }, at_time(100s));
  EXPECT_EQ(right.failure.code, Errc::session_lost);
  EXPECT_LT(right.time, at_time(28s));
}

TEST(End, ConnectingToNobodyIsUnreachable) {
  TwoNodes nodes;
  Failure failure;
  nodes.right([](Platform&, std::shared_ptr<Session>) -> Task<void> { co_return; });
  nodes.left_program = &nodes.world.start(nodes.left_host, "left", [&](Platform& p) -> Task<void> {
    const std::vector<Endpoint> nobody(1, nodes.world.endpoint(nodes.right_host, 9));
    const Identity self(NodeId("left"), "test");
    try {
      co_await connect(p, nobody, self, {});
    } catch (const Error& error) {
      failure = {error.code(), error.detail()};
    }
  });
  nodes.world.run_until([&] { return nodes.left_program->finished(); }, at_time(100s));
  EXPECT_EQ(failure.code, Errc::unreachable);
}

TEST(End, APeerOfAnotherClusterIsRefusedWithWords) {
  TwoNodes nodes;
  nodes.right([](Platform&, std::shared_ptr<Session>) -> Task<void> { co_return; });
  nodes.left([](Platform&, std::shared_ptr<Session>) -> Task<void> { co_return; });
  nodes.start();
  Failure failure;
  auto& stranger = nodes.world.start(nodes.left_host, "stranger", [&](Platform& p) -> Task<void> {
    const std::vector<Endpoint> paths(1, nodes.world.endpoint(nodes.right_host, port));
    const Identity self(NodeId("stranger"), "elsewhere");
    try {
      co_await connect(p, paths, self, {});
    } catch (const Error& error) {
      failure = {error.code(), error.detail()};
    }
  });
  nodes.world.run_until([&] { return stranger.finished(); }, at_time(100s));
  EXPECT_EQ(failure.code, Errc::refused);
  EXPECT_NE(failure.detail.find("'test'"), std::string::npos) << failure.detail;
}

}  // namespace
}  // namespace dwcp::amst::test
