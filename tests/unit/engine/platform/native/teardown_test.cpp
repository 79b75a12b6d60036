// What remains when a platform goes away: suspended coroutines with sockets, timers and jobs.
#include <latch>
#include <thread>

#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::platform::native {
namespace {

class NativeTeardown : public NativeTest {};

Task<void> read_forever(Stream stream) {
  std::byte b{};
  co_await stream.async_read_some(asio::buffer(&b, 1));
}

TEST_F(NativeTeardown, SuspendedCoroutinesAreDestroyedWithWhatTheyHold) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  {
    NativePlatform platform({.root = folder_.path(), .lanes = 2});
    Scope scope(platform, platform.control());
    const auto setup = [](NativePlatform& p, Scope& s, std::shared_ptr<int> token) -> Task<void> {
      const auto listener = p.listen(loopback(), {});
      const Executor lane = p.lane(0);
      Stream client = co_await on(lane, p.connect(listener->local(), {}, lane));
      Stream server = co_await listener->accept(p.lane(1));
      s.spawn(lane, read_forever(client));
      s.spawn(p.lane(1), read_forever(server));
      s.spawn([](NativePlatform& q, Stream other, std::shared_ptr<int>) -> Task<void> {
        co_await sleep_until(q, TimePoint::max());
        other.close();
      }(p, server, std::move(token)));
    };
    platform.run(setup(platform, scope, std::move(held)));
    EXPECT_FALSE(watch.expired());
  }
  EXPECT_TRUE(watch.expired());
}

TEST_F(NativeTeardown, StopCancelsMain) {
  std::thread other;
  const auto main = [&]() -> Task<void> {
    other = std::thread([&] { platform_.stop(); });
    co_await sleep_until(platform_, TimePoint::max());
  };
  ErrorCode error;
  try {
    platform_.run(main());
  } catch (const boost::system::system_error& thrown) {
    error = thrown.code();
  }
  other.join();
  EXPECT_EQ(error, ErrorCode(asio::error::operation_aborted));
}

// A coroutine that owns the scope of others, as the engine's do: it is destroyed with the platform.
Task<void> own_scope(NativePlatform& platform, std::latch& gate, std::atomic<int>& begun) {
  Scope scope(platform, platform.control());
  for (int i = 0; i < 5; ++i)
    scope.spawn([](Compute& compute, std::latch& open, std::atomic<int>& count) -> Task<void> {
      co_await compute.run("test", [&] {
        ++count;
        open.wait();
        return WorkList{};
      });
    }(platform.compute(), gate, begun));
  co_await scope.join();
}

TEST_F(NativeTeardown, JobsThatNeverBeganAreDropped) {
  std::latch release(1);
  std::atomic<int> begun = 0;
  auto platform = std::make_unique<NativePlatform>(Options{.root = folder_.path(), .compute_threads = 1});
  asio::co_spawn(platform->control(), own_scope(*platform, release, begun), [](const std::exception_ptr&) {});
  const auto wait = [&]() -> Task<void> {
    while (begun == 0) co_await sleep_for(*platform, std::chrono::milliseconds(1));
  };
  platform->run(wait());
  std::thread opener([&] { release.count_down(); });
  platform.reset();
  opener.join();
  EXPECT_GE(begun, 1);
  EXPECT_LE(begun, 5);
}

TEST_F(NativeTeardown, RandomComesFromTheSeedAndRecordsCarryTheProcess) {
  std::vector<Record> records;
  NativePlatform a(
      {.process = "a", .root = folder_.path(), .seed = 7, .on_record = [&](const Record& r) { records.push_back(r); }});
  EXPECT_EQ(a.random("x")(), platform_.random("x")());
  EXPECT_NE(a.random("x")(), a.random("y")());
  std::array<std::byte, 32> one{}, two{};
  a.entropy(one);
  a.entropy(two);
  EXPECT_NE(one, two);
  a.record("test.happened", {{"size_bytes", Bytes(3)}});
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].process, "a");
  EXPECT_EQ(records[0].name, "test.happened");
}

}  // namespace
}  // namespace dwcp::platform::native
