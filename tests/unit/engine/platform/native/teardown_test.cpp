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
  std::thread other([&] { platform_.stop(); });
  ErrorCode error;
  const auto main = [](NativePlatform& p, ErrorCode& ended) -> Task<void> {
    // stop() may come before main began: then it finds nothing to cancel, so it is asked for again from within.
    asio::post(p.control(), [&p] { p.stop(); });
    ended = co_await error_of(sleep_until(p, TimePoint::max()));
  };
  platform_.run(main(platform_, error));
  other.join();
  EXPECT_EQ(error, ErrorCode(asio::error::operation_aborted));
}

TEST_F(NativeTeardown, JobsThatNeverBeganAreDropped) {
  std::latch release(1);
  auto platform = std::make_unique<NativePlatform>(Options{.root = folder_.path(), .compute_threads = 1});
  Scope scope(*platform, platform->control());
  std::atomic<int> begun = 0;
  const auto start = [&]() -> Task<void> {
    for (int i = 0; i < 5; ++i)
      scope.spawn([](Compute& compute, std::latch& gate, std::atomic<int>& count) -> Task<void> {
        co_await compute.run([&] {
          ++count;
          gate.wait();
          return WorkList{};
        });
      }(platform->compute(), release, begun));
    while (begun == 0) co_await sleep_for(*platform, std::chrono::milliseconds(1));
  };
  platform->run(start());
  std::thread opener([&] { release.count_down(); });
  platform.reset();
  opener.join();
  EXPECT_GE(begun, 1);
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
