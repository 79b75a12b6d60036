// Sessions under TLS: who is let in, and that nobody else disturbs them.
#include <gmock/gmock.h>

#include "engine/amst/handshake.hpp"
#include "tests/simulation/amst/two_nodes.hpp"

namespace dwcp::amst::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Stage secured() {
  const TestCluster cluster;
  Stage stage;
  stage.left = cluster.node("left");
  stage.right = cluster.node("right");
  return stage;
}

TEST(Security, ASessionKnowsWhoIsThereAndCarriesEverything) {
  TwoNodes nodes(secured());
  Sink sink;
  PeerInfo of_left, of_right;
  nodes.left([&](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    of_left = session->peer();
    co_await source(64, KiB(256))(p, session);
  });
  nodes.right([&](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    of_right = session->peer();
    co_await sink.body()(p, session);
  });
  nodes.finish();
  EXPECT_EQ(sink.seen.size(), 64u);
  EXPECT_EQ(sink.damaged + sink.repeated, 0u);
  ASSERT_TRUE(of_left.tls && of_right.tls);
  EXPECT_EQ(of_left.tls->peer, security::PeerName("test", NodeId("right")));
  EXPECT_EQ(of_right.tls->peer, security::PeerName("test", NodeId("left")));
  EXPECT_EQ(of_left.features, 0u) << "TLS stands for the checksums of bodies";
  EXPECT_EQ(of_right.features, 0u);
  EXPECT_THAT(security_of(of_left), AllOf(HasSubstr("TLSv1.3, X25519"), HasSubstr("TLS_AES_128_GCM_SHA256")));
}

// What TLS draws at random changes no length, and so no time.
TEST(Security, AWorldUnderTlsIsTheSameEveryTime) {
  const auto trace = [](std::uint64_t seed) {
    Stage stage = secured();
    stage.seed = seed;
    for (auto& wire : stage.links) wire.loss = sim::LossOptions::independent(0.01);
    TwoNodes nodes(stage);
    Sink sink;
    nodes.left(source(64, KiB(256)));
    nodes.right(sink.body());
    nodes.finish();
    return nodes.world.trace_hash();
  };
  const auto first = trace(1);
  EXPECT_EQ(trace(1), first);
  EXPECT_NE(trace(2), first);
}

struct Refusal {
  Failure failure;          // of connect()
  std::size_t refused = 0;  // told by the acceptor
};

// `left` dials `right`, which then still takes somebody who may come.
Refusal refusal(Self left, std::shared_ptr<security::CredentialStore> right_credentials,
                std::shared_ptr<security::CredentialStore> friends, std::optional<NodeId> expected = {}) {
  sim::World world({.seed = 1});
  auto &left_host = world.add_host("left-host"), &right_host = world.add_host("right-host");
  const sim::Link& link =
      world.add_link(left_host, right_host, sim::WireOptions{.rate = BitRate(1'000'000'000), .delay = 5ms});
  Refusal result;
  world.set_record_sink([&](const platform::Record& r) {
    if (r.name == "amst.refused") ++result.refused;
  });
  auto& right = world.start(right_host, "right", [&](Platform& p) -> Task<void> {
    const std::vector<Endpoint> listen_at(1, Endpoint{asio::ip::address_v4::any(), port});
    const Self self(Identity(NodeId("right"), "test"), right_credentials);
    Acceptor acceptor(p, listen_at, self, {});
    const auto session = co_await acceptor.accept();
    EXPECT_EQ(session->peer().node, NodeId("friend"));
    try {
      co_await session->receive();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::session_closed);
    }
  });
  auto& program = world.start(left_host, "left", [&](Platform& p) -> Task<void> {
    const std::vector<Endpoint> paths(1, world.endpoint(right_host, link, port));
    const SessionConfig config{.connect_timeout = 3s};
    try {
      co_await connect(p, paths, left, config, expected);
      result.failure = Failure(Errc::internal, "it was let in");
    } catch (const Error& error) {
      result.failure = Failure(error.code(), error.detail());
    }
    const Self good(Identity(NodeId("friend"), "test"), friends);
    const auto session = co_await connect(p, paths, good, config);
    co_await session->close();
  });
  EXPECT_EQ(world.run_until([&] { return program.finished() && right.finished(); }, at_time(60s)),
            sim::Outcome::reached);
  EXPECT_NO_THROW(program.rethrow_failure());
  EXPECT_NO_THROW(right.rethrow_failure());
  return result;
}

TEST(Security, AStrangersAuthorityIsRefused) {
  const TestCluster cluster, stranger(2);
  const Refusal r = refusal(Self(Identity(NodeId("left"), "test"), stranger.node("left")), cluster.node("right"),
                            cluster.node("friend"));
  EXPECT_EQ(r.failure.code, Errc::untrusted);
  EXPECT_THAT(r.failure.detail, HasSubstr("CN=right: unable to get local issuer certificate"));
  EXPECT_EQ(r.refused, 1u);
}

TEST(Security, AnExpiredCertificateIsRefused) {
  const TestCluster cluster;
  const Refusal r = refusal(Self(Identity(NodeId("left"), "test"), cluster.node("left", "test", 23h)),
                            cluster.node("right"), cluster.node("friend"));
  EXPECT_EQ(r.failure.code, Errc::untrusted);
  EXPECT_THAT(r.failure.detail, HasSubstr("certificate expired"));
  EXPECT_GE(r.refused, 1u);
}

TEST(Security, AnotherClusterIsRefused) {
  const TestCluster cluster;  // its authority vouches for both
  const Refusal r = refusal(Self(Identity(NodeId("left"), "other"), cluster.node("left", "other")),
                            cluster.node("right"), cluster.node("friend"));
  EXPECT_EQ(r.failure.code, Errc::untrusted);
  EXPECT_THAT(r.failure.detail, HasSubstr("dwcp://test/right, of another cluster than 'other'"));
}

TEST(Security, AnotherNodeThanTheOneThatIsMeantIsRefused) {
  const TestCluster cluster;
  const Refusal r = refusal(Self(Identity(NodeId("left"), "test"), cluster.node("left")), cluster.node("right"),
                            cluster.node("friend"), NodeId("host-z"));
  EXPECT_EQ(r.failure.code, Errc::untrusted);
  EXPECT_THAT(r.failure.detail, AllOf(HasSubstr("node 'right' is at"), HasSubstr("where 'host-z' should be")));
}

TEST(Security, WhoeverDoesWithoutIsRefusedByWhoeverDoesNot) {
  const TestCluster cluster;
  const Refusal plain = refusal(Self(Identity(NodeId("left"), "test")), cluster.node("right"), cluster.node("friend"));
  EXPECT_TRUE(plain.failure.code);
  EXPECT_GE(plain.refused, 1u);
  const Refusal tls = refusal(Self(Identity(NodeId("left"), "test"), cluster.node("left")), nullptr, nullptr);
  EXPECT_EQ(tls.failure.code, Errc::unreachable);
  EXPECT_THAT(tls.failure.detail, HasSubstr("it may speak plain text"));
  EXPECT_GE(tls.refused, 1u);
}

TEST(Security, CredentialsOfAnotherNodeAreRefusedAtOnce) {
  const TestCluster cluster;
  const Refusal r = refusal(Self(Identity(NodeId("left"), "test"), cluster.node("right")), cluster.node("right"),
                            cluster.node("friend"));
  EXPECT_EQ(r.failure.code, Errc::bad_configuration);
  EXPECT_THAT(r.failure.detail, HasSubstr("the certificate is that of dwcp://test/right, and this node is"));
}

// A node that is one of the cluster lies about its name, or names a session that it does not belong to.
TEST(Security, ALieInTheHelloIsRefused) {
  const TestCluster cluster;
  Stage stage;
  stage.left = cluster.node("left");
  stage.right = cluster.node("right");
  TwoNodes nodes(stage);
  Sink sink;
  std::map<std::string, Failure> failures;
  nodes.left([&](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    const auto me = std::make_shared<const Self>(Identity(NodeId("left"), "test"), stage.left);
    const Endpoint to = nodes.world.endpoint(nodes.right_host, *nodes.links[0], port);
    const auto lie = [&](const std::string& name, wire::Hello hello) -> Task<void> {
      Introduction introduce = [hello](const Transport&) { return hello; };
      try {
        co_await dial(p, to, CongestionControl::platform_default, p.lane(0), me, std::nullopt, std::move(introduce));
      } catch (const Error& error) {
        failures[name] = Failure(error.code(), error.detail());
      }
    };
    wire::Hello another;
    another.connection = 1;
    another.terms = terms_of({}, Identity(NodeId("somebody"), "test"), p);
    co_await lie("name", another);
    wire::Hello foreign;
    foreign.connection = 1;
    foreign.role = wire::Role::data;
    foreign.session.fill(std::byte{7});
    foreign.terms = terms_of({}, me->identity, p);
    co_await lie("session", foreign);
    co_await source(16, KiB(64))(p, session);
  });
  nodes.right(sink.body());
  nodes.finish();
  EXPECT_EQ(failures["name"].code, Errc::untrusted);
  EXPECT_THAT(failures["name"].detail, HasSubstr("says it is node 'somebody', and its certificate is that of"));
  EXPECT_EQ(failures["session"].code, Errc::session_lost);
  EXPECT_EQ(sink.seen.size(), 16u);
  EXPECT_EQ(nodes.count("amst.stream_lost"), 0u);
}

// Ten thousand connections of nonsense, some of which begin like TLS and then end or stop, beside a session.
TEST(Security, NonsenseDisturbsNobody) {
  constexpr unsigned connections = 10'000, at_once = 50;
  const TestCluster cluster;
  Stage stage;
  stage.left = cluster.node("left");
  stage.right = cluster.node("right");
  stage.accepting.handshake_timeout = stage.dialing.handshake_timeout = 1s;
  TwoNodes nodes(stage);
  auto& stranger_host = nodes.world.add_host("stranger-host");
  const sim::Link& way = nodes.world.add_link(stranger_host, nodes.right_host,
                                              sim::WireOptions{.rate = BitRate(1'000'000'000), .delay = 1ms});
  Sink sink;
  bool flooded = false;
  nodes.left([&](Platform& p, std::shared_ptr<Session> session) -> Task<void> {
    for (std::uint64_t i = 1; !flooded; ++i) {
      std::vector<Slice> chunk = numbered(i, KiB(16));
      co_await session->send({}, std::move(chunk));
      co_await platform::sleep_for(p, 20ms);
    }
    co_await session->close();
  });
  nodes.right(sink.body());
  nodes.start();
  auto& stranger = nodes.world.start(stranger_host, "stranger", [&](Platform& p) -> Task<void> {
    Random random(1, "nonsense");
    const Endpoint to = nodes.world.endpoint(nodes.right_host, way, port);
    platform::Scope scope(p, p.control());
    unsigned open = 0;
    platform::Event closed(p, p.control());
    for (unsigned i = 0; i < connections; ++i) {
      while (open >= at_once) co_await closed.wait();
      ++open;
      ByteVector bytes(1 + random.below(600));
      for (std::byte& b : bytes) b = static_cast<std::byte>(random());
      if (i % 3 != 0 && bytes.size() > 5) {  // the header of a handshake record, complete or not
        bytes[0] = std::byte{22}, bytes[1] = std::byte{3}, bytes[2] = std::byte{1};
        store_be(bytes.data() + 3, static_cast<std::uint16_t>(i % 3 == 1 ? bytes.size() - 5 : 2000));
      }
      const bool lingers = i % 200 == 0;
      scope.spawn([](Platform& platform, Endpoint there, ByteVector content, bool linger, unsigned& count,
                     platform::Event& done) -> Task<void> {
        try {
          platform::Stream stream = co_await platform.connect(there, {}, platform.lane(0));
          co_await stream.async_write_some(asio::buffer(content));
          if (linger) co_await platform::sleep_for(platform, 3s);
          stream.close();
        } catch (const boost::system::system_error&) {
          // Refused early, as it should be.
        }
        --count;
        done.notify_all();
      }(p, to, std::move(bytes), lingers, open, closed));
    }
    co_await scope.join();
    flooded = true;
  });
  nodes.finish();
  EXPECT_NO_THROW(stranger.rethrow_failure());
  EXPECT_TRUE(flooded);
  EXPECT_EQ(nodes.count("amst.refused", "right"), connections);
  EXPECT_EQ(sink.damaged + sink.repeated, 0u);
  EXPECT_GT(sink.seen.size(), 20u);
  EXPECT_EQ(nodes.count("amst.stream_lost") + nodes.count("amst.suspended"), 0u);
}

}  // namespace
}  // namespace dwcp::amst::test
