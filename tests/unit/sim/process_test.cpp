// Death and restart of processes and machines.
#include <boost/asio/steady_timer.hpp>

#include "engine/platform/scope.hpp"
#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

// Counts the objects that live in coroutine frames: none may be left after a kill.
struct Counted {
  explicit Counted(int& n) : count(n) { ++count; }
  ~Counted() { --count; }
  Counted(const Counted&) = delete;
  int& count;
};

Task<void> serve(Platform& p, int& frames) {
  auto listener = p.listen(any(4700), {});
  platform::Scope scope(p, p.control());
  for (;;) {
    auto stream = co_await listener->accept(p.lane(0));
    scope.spawn([](platform::Stream s, int& n) -> Task<void> {
      const Counted counted(n);
      ByteVector buffer(4096);
      for (;;) {
        const auto n_read = co_await s.async_read_some(asio::buffer(buffer), asio::use_awaitable);
        co_await asio::async_write(s, asio::buffer(buffer.data(), n_read), asio::use_awaitable);
      }
    }(std::move(stream), frames));
  }
}

TEST(Process, AKilledPeerIsSeenAsAReset) {
  Pair pair;
  int frames = 0;
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) { return serve(p, frames); });
  TimePoint seen{};
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    char byte = 'x';
    co_await asio::async_write(stream, asio::buffer(&byte, 1), asio::use_awaitable);
    co_await asio::async_read(stream, asio::buffer(&byte, 1), asio::use_awaitable);
    const auto [error, n] = co_await stream.async_read_some(asio::buffer(&byte, 1), as_result);
    EXPECT_EQ(error, asio::error::connection_reset);
    seen = p.now();
    const auto [again, m] = co_await stream.async_write_some(asio::buffer(&byte, 1), as_result);
    EXPECT_EQ(again, asio::error::connection_reset);
  });
  pair.world.at(at_time(1s), [&] {
    EXPECT_EQ(frames, 1);
    server.kill();
    EXPECT_EQ(frames, 0);
    EXPECT_FALSE(server.alive());
  });
  pair.finish({&client});
  EXPECT_GE(seen, at_time(1s + 10ms));
  EXPECT_LT(seen, at_time(1s + 11ms));
}

TEST(Process, AfterASilentDeathThePeerLearnsWhenItSends) {
  Pair pair;
  int frames = 0;
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) { return serve(p, frames); });
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    char byte = 'x';
    EXPECT_THROW(co_await platform::with_deadline(p, 5s, "read",
                                                  stream.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable)),
                 Error);
    co_await asio::async_write(stream, asio::buffer(&byte, 1), asio::use_awaitable);
    const auto [error, n] = co_await stream.async_read_some(asio::buffer(&byte, 1), as_result);
    EXPECT_EQ(error, asio::error::connection_reset);
  });
  pair.world.at(at_time(1s), [&] { server.kill(Farewell::silence); });
  pair.finish({&client});
}

TEST(Process, ANewLifeListensOnTheSamePortAndDrawsOtherRandomNumbers) {
  Pair pair;
  std::vector<std::uint64_t> draws;
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) -> Task<void> {
    draws.push_back(p.random("draw")());
    EXPECT_EQ(p.random("draw")(), draws.back());
    auto listener = p.listen(any(4700), {});
    for (;;) {
      auto stream = co_await listener->accept(p.lane(0));
      const char byte = static_cast<char>('0' + draws.size());
      co_await asio::async_write(stream, asio::buffer(&byte, 1), asio::use_awaitable);
    }
  });
  std::string lives;
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    for (int i = 0; i < 3; ++i) {
      auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
      char byte;
      co_await asio::async_read(stream, asio::buffer(&byte, 1), asio::use_awaitable);
      lives += byte;
      co_await platform::sleep_for(p, 1s);
    }
  });
  pair.world.at(at_time(500ms), [&] { server.restart(); });
  pair.world.at(at_time(1500ms), [&] { server.restart(); });
  pair.finish({&client});
  EXPECT_EQ(lives, "123");
  EXPECT_EQ(server.lives(), 3u);
  ASSERT_EQ(draws.size(), 3u);
  EXPECT_NE(draws[0], draws[1]);
  EXPECT_NE(draws[1], draws[2]);
}

TEST(Process, DestructorsOfAKilledProcessMayUseItsObjects) {
  Pair pair;
  int frames = 0;
  auto& peer = pair.world.start(pair.right, "peer", [&](Platform& p) { return serve(p, frames); });
  // Held by several coroutines that end each other's operations when they are destroyed.
  struct Shared {
    explicit Shared(Platform& p) : timer(p.timer(p.control())), platform(p), event(p, p.control()) {}
    platform::Timer timer;
    platform::Stream stream;
    Platform& platform;
    platform::Event event;
  };
  struct Meddler {
    std::shared_ptr<Shared> shared;
    ~Meddler() {
      shared->timer.cancel();
      shared->event.notify_all();
      shared->stream.close();
      shared->timer.expires_at(TimePoint::max());
      asio::post(shared->platform.control(), [s = shared] { s->timer.cancel(); });
      auto another = shared->platform.timer(shared->platform.control());
      another.async_wait([](ErrorCode) { ADD_FAILURE() << "a dead process runs"; });
      char byte;
      shared->stream.async_read_some(asio::buffer(&byte, 1),
                                     [](ErrorCode, std::size_t) { ADD_FAILURE() << "a dead process runs"; });
    }
  };
  auto& victim = pair.world.start(pair.left, "victim", [&](Platform& p) -> Task<void> {
    auto shared = std::make_shared<Shared>(p);
    shared->timer.expires_at(TimePoint::max());
    shared->stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    platform::Scope scope(p, p.control());
    const auto wait_on = [&frames](std::shared_ptr<Shared> s, int what) -> Task<void> {
      const Counted counted(frames);
      const Meddler meddler{s};
      char byte;
      if (what == 0) co_await s->timer.async_wait(asio::use_awaitable);
      if (what == 1) co_await s->event.wait();
      if (what == 2) co_await s->event.wait_until(at_time(1h));
      if (what == 3) co_await s->stream.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable);
      if (what == 4) co_await platform::with_deadline(s->platform, 1h, "sleep", platform::sleep_for(s->platform, 2h));
    };
    for (int what = 0; what < 5; ++what) {
      scope.spawn(wait_on(shared, what));
      if (what != 3) scope.spawn(wait_on(shared, what));  // a stream has one reader
    }
    co_await scope.join();
  });
  pair.world.at(at_time(1s), [&] {
    EXPECT_EQ(frames, 10);  // and the peer's one
    victim.kill();
    EXPECT_EQ(frames, 1);
  });
  EXPECT_NE(pair.world.run_until([] { return false; }, at_time(10s)), Outcome::reached);
  EXPECT_FALSE(victim.finished());
  EXPECT_EQ(frames, 0);  // the peer got the reset
  static_cast<void>(peer);
}

TEST(Process, MayKillItself) {
  Pair pair;
  Program* self = nullptr;
  bool after = false;
  int frames = 0;
  self = &pair.world.start(pair.left, "p", [&](Platform& p) -> Task<void> {
    const Counted counted(frames);
    co_await platform::sleep_for(p, 1ms);
    self->kill();
    after = true;  // the running handler ends in order
    co_await platform::sleep_for(p, 1ms);
    ADD_FAILURE() << "a dead process runs";
  });
  pair.world.run_until(at_time(1s));
  EXPECT_TRUE(after);
  EXPECT_EQ(frames, 0);
  EXPECT_FALSE(self->alive());
}

TEST(Process, AnExceptionThatEscapesMainIsKept) {
  Pair pair;
  auto& program = pair.world.start(pair.left, "p", [](Platform& p) -> Task<void> {
    co_await platform::sleep_for(p, 1ms);
    throw Error(Errc::refused, "for the test");
  });
  EXPECT_EQ(pair.world.run_until([&] { return program.finished(); }, at_time(1s)), Outcome::reached);
  EXPECT_THROW(program.rethrow_failure(), Error);
}

TEST(Process, ARealTimerIsFoundOut) {
  Pair pair;
  auto& program = pair.world.start(pair.left, "p", [](Platform& p) -> Task<void> {
    asio::steady_timer real(p.control());
    co_return;
  });
  EXPECT_THROW(pair.world.run_until([&] { return program.finished(); }, at_time(1s)), Error);
}

TEST(Machine, ACrashIsSilentAndABootStartsWhatRan) {
  Pair pair;
  int frames = 0;
  auto& server = pair.world.start(pair.right, "server", [&](Platform& p) { return serve(p, frames); });
  std::vector<std::string> seen;
  auto& client = pair.world.start(pair.left, "client", [&](Platform& p) -> Task<void> {
    auto stream = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    char byte = 'x';
    co_await platform::sleep_until(p, at_time(2s));
    co_await asio::async_write(stream, asio::buffer(&byte, 1), asio::use_awaitable);
    bool silent = false;
    try {
      co_await platform::with_deadline(p, 1s, "read",
                                       stream.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable));
    } catch (const Error& e) {
      silent = e.code() == Errc::timed_out;
    }
    EXPECT_TRUE(silent);
    const auto [error, n] = co_await stream.async_read_some(asio::buffer(&byte, 1), as_result);
    EXPECT_EQ(error, asio::error::connection_reset);  // the booted machine knows no such connection
    EXPECT_GT(p.now(), at_time(5s));
    auto again = co_await p.connect(pair.right_port(4700), {}, p.lane(0));
    co_await asio::async_write(again, asio::buffer(&byte, 1), asio::use_awaitable);
    co_await asio::async_read(again, asio::buffer(&byte, 1), asio::use_awaitable);
  });
  pair.world.at(at_time(1s), [&] { pair.world.crash(pair.right); });
  pair.world.at(at_time(5s), [&] { pair.world.boot(pair.right); });
  pair.finish({&client});
  EXPECT_EQ(server.lives(), 2u);
}

}  // namespace
}  // namespace dwcp::sim
