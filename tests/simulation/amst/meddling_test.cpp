// Random schedules of everything that can happen to a session's connections; whatever happens, each chunk arrives
// exactly once, in bounded memory.

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "engine/amst/handshake_wire.hpp"
#include "tests/simulation/amst/meddler.hpp"

namespace dwcp::amst::test {
namespace {

constexpr std::uint64_t chunks_sent = 200;
constexpr Bytes small_window = MiB(2);

// Receives, and takes its time.
TwoNodes::Body slow_sink(Sink& sink, std::uint64_t seed, Stats& most) {
  return [&sink, seed, &most](Platform& platform, std::shared_ptr<Session> session) -> Task<void> {
    Random random(seed, "slow consumer");
    try {
      for (;;) {
        const Delivery delivery = co_await session->receive();
        if (random.below(10) == 0) co_await platform::sleep_for(platform, random.between(1ms, 100ms));
        if (!sink.seen.insert(number_of(delivery)).second) ++sink.repeated;
        sink.damaged += number_of(delivery) == 0 ? 1 : 0;
        session->release(delivery.sequence);
        most.held_max = std::max(most.held_max, session->stats().held_max);
      }
    } catch (const Error& error) {
      if (error.code() != Errc::session_closed) throw;
    }
  };
}

class RandomMischief : public ::testing::TestWithParam<std::uint64_t> {
 public:
  static std::uint64_t run(std::uint64_t seed, std::map<Mischief, unsigned>& done);
};

// Returns the hash of the world's trace.
std::uint64_t RandomMischief::run(std::uint64_t seed, std::map<Mischief, unsigned>& done) {
  Random random(seed, "schedule");
  sim::World world({.seed = seed});
  sim::Machine& left = world.add_host("left-host");
  sim::Machine& middle = world.add_host("middle-host");
  sim::Machine& right = world.add_host("right-host");
  const sim::WireOptions wire{.rate = BitRate(100'000'000), .delay = random.between(1ms, 30ms)};
  sim::Link& first = world.add_link(left, middle, wire);
  sim::Link& second = world.add_link(middle, right, wire);
  SessionConfig config;
  config.streams = static_cast<unsigned>(1 + random.below(6));
  config.chunk_max = KiB(512);
  config.send_window = config.receive_window = small_window;
  config.stream_timeout = 4s;
  config.handshake_timeout = 5s;
  config.connect_timeout = 60s;
  std::shared_ptr<security::CredentialStore> left_store, right_store;
  const bool tls = seed % 2 == 1;
  if (tls) {
    const TestCluster cluster(seed);
    left_store = cluster.node("left");
    right_store = cluster.node("right");
  }
  Meddler meddler(world.endpoint(right, second, port), seed, !tls, static_cast<unsigned>(2 + random.below(11)));
  Sink sink;
  Stats most;
  auto& receiver = world.start(right, "right", [&](Platform& p) -> Task<void> {
    const std::vector<Endpoint> listen_at(1, Endpoint{asio::ip::address_v4::any(), port});
    const Self self(Identity(NodeId("right"), "test"), right_store);
    Acceptor acceptor(p, listen_at, self, config);
    const auto session = co_await acceptor.accept();
    auto body = slow_sink(sink, seed, most);
    co_await body(p, session);
  });
  world.start(middle, "middle", [&](Platform& p) -> Task<void> { co_await meddler.serve(p); });
  auto& sender = world.start(left, "left", [&](Platform& p) -> Task<void> {
    const std::vector<Endpoint> to(1, world.endpoint(middle, first, port));
    const Self self(Identity(NodeId("left"), "test"), left_store);
    const auto session = co_await connect(p, to, self, config);
    Random sizes(seed, "sizes");
    for (std::uint64_t i = 1; i <= chunks_sent; ++i) {
      std::vector<Slice> chunk = numbered(i, Bytes(8 + sizes.below(60'000)));
      co_await session->send({}, std::move(chunk));
      most.window = std::max(most.window, session->stats().window);
    }
    co_await session->drained();
    co_await session->close();
  });
  for (sim::Link* link : {&first, &second}) {
    if (random.below(2) == 0) continue;
    const Duration at = random.between(100ms, 3s), until = at + random.between(50ms, 4s);
    world.at(at_time(at), [link] { link->cut(); });
    world.at(at_time(until), [link] { link->restore(); });
  }
  const auto outcome = world.run_until([&] { return sender.finished() && receiver.finished(); }, world.now() + 300s);
  EXPECT_NO_THROW(sender.rethrow_failure());
  EXPECT_NO_THROW(receiver.rethrow_failure());
  EXPECT_EQ(outcome, sim::Outcome::reached) << sim::to_string(outcome);
  EXPECT_EQ(sink.seen.size(), chunks_sent);
  EXPECT_EQ(sink.repeated + sink.damaged, 0u);
  EXPECT_LE(most.held_max, small_window);
  EXPECT_LE(most.window, small_window);
  done = meddler.done();
  return world.trace_hash();
}

TEST_P(RandomMischief, EveryChunkArrivesOnce) {
  std::map<Mischief, unsigned> done;
  run(GetParam(), done);
}

// The schedules are not idle: all kinds occur in the first of them.
TEST(Mischief, OfEveryKindIsDone) {
  std::map<Mischief, unsigned> all;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::map<Mischief, unsigned> done;
    RandomMischief::run(seed, done);
    for (const auto& [what, count] : done) all[what] += count;
  }
  EXPECT_EQ(all.size(), mischiefs);
}

TEST(Mischief, TheSameSeedGivesTheSameWorld) {
  std::map<Mischief, unsigned> a, b;
  EXPECT_EQ(RandomMischief::run(4, a), RandomMischief::run(4, b));
  EXPECT_EQ(a, b);
}

// Whoever reads along in plain text can repeat a stream's hello, with its proof. It opens nothing, and disturbs nobody.
TEST(Mischief, AHelloThatWasRecordedOpensNothing) {
  sim::World world({.seed = 1});
  sim::Machine& left = world.add_host("left-host");
  sim::Machine& middle = world.add_host("middle-host");
  sim::Machine& right = world.add_host("right-host");
  sim::Link& first = world.add_link(left, middle, sim::WireOptions{});
  sim::Link& second = world.add_link(middle, right, sim::WireOptions{});
  Meddler meddler(world.endpoint(right, second, port), 1, true, 0);
  Sink sink;
  bool replayed = false;
  Failure answer;
  auto& receiver = world.start(right, "right", [&](Platform& p) -> Task<void> {
    const std::vector<Endpoint> listen_at(1, Endpoint{asio::ip::address_v4::any(), port});
    Acceptor acceptor(p, listen_at, Identity(NodeId("right"), "test"), SessionConfig{});
    const auto session = co_await acceptor.accept();
    auto body = sink.body();
    co_await body(p, session);
  });
  world.start(middle, "middle", [&](Platform& p) -> Task<void> { co_await meddler.serve(p); });
  world.start(middle, "thief", [&](Platform& p) -> Task<void> {
    co_await platform::sleep_for(p, 1s);
    platform::Stream stream = co_await p.connect(world.endpoint(right, second, port), {}, p.control());
    const auto hello = asio::buffer(meddler.recorded_hello());
    co_await asio::async_write(stream, hello, asio::use_awaitable);
    ByteVector reply(wire::prefix_size);
    co_await asio::async_read(stream, asio::buffer(reply), asio::use_awaitable);
    reply.resize(reply.size() + load_le<std::uint32_t>(&reply[12]));
    const auto rest = asio::buffer(asio::buffer(reply) + wire::prefix_size);
    co_await asio::async_read(stream, rest, asio::use_awaitable);
    answer = wire::parse_reply(reply).error();
    replayed = true;
  });
  auto& sender = world.start(left, "left", [&](Platform& p) -> Task<void> {
    const std::vector<Endpoint> to(1, world.endpoint(middle, first, port));
    const auto session = co_await connect(p, to, Identity(NodeId("left"), "test"), SessionConfig{});
    for (std::uint64_t i = 1; i <= chunks_sent || !replayed; ++i) {
      std::vector<Slice> chunk = numbered(i, KiB(16));
      co_await session->send({}, std::move(chunk));
      co_await platform::sleep_for(p, 10ms);
    }
    EXPECT_EQ(session->stats().streams_lost, 0u);
    co_await session->close();
  });
  world.run_until([&] { return sender.finished() && receiver.finished(); }, world.now() + 60s);
  EXPECT_NO_THROW(sender.rethrow_failure());
  ASSERT_TRUE(replayed);
  EXPECT_EQ(answer.code, Errc::refused);
  EXPECT_NE(answer.detail.find("does not prove that it belongs to the session"), std::string::npos) << answer.detail;
  EXPECT_EQ(sink.damaged + sink.repeated, 0u);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t schedules = 10;  // each takes many times as long
#else
constexpr std::uint64_t schedules = 200;
#endif
INSTANTIATE_TEST_SUITE_P(Seeds, RandomMischief, ::testing::Range(std::uint64_t{1}, schedules + 1));

}  // namespace
}  // namespace dwcp::amst::test
