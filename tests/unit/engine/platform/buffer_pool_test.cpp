#include "engine/platform/buffer_pool.hpp"

#include "engine/platform/memory_budget.hpp"
#include "engine/platform/scope.hpp"
#include "tests/unit/engine/platform/one_process.hpp"

namespace dwcp::platform {
namespace {

TEST(BufferPool, TheBudgetIsKept) {
  run_process([](Platform& p) -> Task<void> {
    BufferPool pool(p, p.control(), KiB(64), KiB(200));
    EXPECT_EQ(pool.capacity(), 3u);
    std::vector<Buffer> out;
    for (int i = 0; i < 3; ++i) out.push_back(co_await pool.acquire());
    EXPECT_EQ(pool.in_use(), KiB(192));
    EXPECT_FALSE(pool.try_acquire());
    EXPECT_EQ(out[0].bytes().size(), KiB(64).value);
    out.pop_back();
    EXPECT_EQ(pool.in_use(), KiB(128));
    EXPECT_TRUE(pool.try_acquire());
  });
}

TEST(BufferPool, AtLeastOneBlock) {
  run_process([](Platform& p) -> Task<void> {
    BufferPool pool(p, p.control(), KiB(64), KiB(1));
    EXPECT_EQ(pool.capacity(), 1u);
    co_return;
  });
}

TEST(BufferPool, WhoWaitsGetsWhatIsGivenBack) {
  run_process([](Platform& p) -> Task<void> {
    BufferPool pool(p, p.control(), KiB(4), KiB(8));
    Buffer first = co_await pool.acquire(), second = co_await pool.acquire();
    std::vector<TimePoint> got;
    Scope scope(p, p.control());
    for (int i = 0; i < 3; ++i)
      scope.spawn([](Platform& q, BufferPool& from, std::vector<TimePoint>& times) -> Task<void> {
        const Buffer buffer = co_await from.acquire();
        times.push_back(q.now());
        co_await sleep_for(q, 10ms);
      }(p, pool, got));
    co_await sleep_for(p, 1ms);
    first = Buffer();
    co_await sleep_for(p, 1ms);
    second = Buffer();
    co_await scope.join();
    EXPECT_EQ(got, (std::vector<TimePoint>{at_time(1ms), at_time(2ms), at_time(11ms)}));
    EXPECT_EQ(pool.in_use(), Bytes(0));
  });
}

TEST(BufferPool, DoesNotGrowWhileTheHostIsShortOfMemory) {
  sim::World world;
  sim::Machine& host = world.add_host("host");
  auto& program = world.start(host, "test", [&host](Platform& p) -> Task<void> {
    constexpr Bytes block = KiB(64);
    BufferPool pool(p, p.control(), block, MiB(1));
    host.set_memory_available(memory_reserve + block - Bytes(1));
    std::vector<Buffer> out;
    while (Buffer buffer = pool.try_acquire()) out.push_back(std::move(buffer));
    EXPECT_EQ(out.size(), BufferPool::blocks_least);

    host.set_memory_available(memory_reserve + block);
    out.push_back(co_await pool.acquire());
    while (Buffer buffer = pool.try_acquire()) out.push_back(std::move(buffer));
    EXPECT_EQ(out.size(), pool.capacity());

    // More are out than there may be: what comes back helps nobody until fewer than the least are.
    host.set_memory_available(Bytes(0));
    EXPECT_FALSE(pool.try_acquire());
    std::optional<TimePoint> got;
    Scope scope(p, p.control());
    const auto wait = [](Platform& q, BufferPool& from, std::optional<TimePoint>& when) -> Task<void> {
      const Buffer buffer = co_await from.acquire();
      when = q.now();
    };
    scope.spawn(wait(p, pool, got));
    for (; out.size() >= BufferPool::blocks_least; out.pop_back()) {
      EXPECT_FALSE(got);
      co_await sleep_for(p, 1ms);
    }
    co_await scope.join();
    EXPECT_EQ(got, p.now());

    host.set_memory_available(sim::Machine::memory_unbounded);
    while (Buffer buffer = pool.try_acquire()) out.push_back(std::move(buffer));
    EXPECT_EQ(out.size(), pool.capacity());
  });
  EXPECT_EQ(world.run_until([&] { return program.finished(); }, at_time(1h)), sim::Outcome::reached);
  EXPECT_NO_THROW(program.rethrow_failure());
}

TEST(MemoryBudget, IsAShareOfWhatThereIs) {
  EXPECT_EQ(budget_within(MiB(256), GiB(1)), MiB(256));
  EXPECT_EQ(budget_within(MiB(256), GiB(1) - Bytes(4)), MiB(256) - Bytes(1));
  EXPECT_EQ(budget_within(MiB(256), Bytes(0)), Bytes(0));
  EXPECT_TRUE(may_grow(MiB(2), memory_reserve + MiB(2)));
  EXPECT_FALSE(may_grow(MiB(2), memory_reserve + MiB(2) - Bytes(1)));
  EXPECT_FALSE(may_grow(Bytes(0), memory_reserve - Bytes(1)));
  EXPECT_TRUE(may_grow(Bytes(0), memory_reserve));
}

TEST(BufferPool, ASliceKeepsItsBlockAndMayOutliveThePool) {
  run_process([](Platform& p) -> Task<void> {
    Slice slice;
    {
      BufferPool pool(p, p.control(), KiB(4), KiB(4));
      Buffer buffer = co_await pool.acquire();
      buffer.bytes()[0] = std::byte{42};
      slice = std::move(buffer).freeze(10);
      EXPECT_FALSE(pool.try_acquire());
      Slice copy = slice;
      slice = copy.sub(0, 5);
      copy = Slice();
      EXPECT_FALSE(pool.try_acquire());
    }
    EXPECT_EQ(slice.size(), 5u);
    EXPECT_EQ(slice.bytes()[0], std::byte{42});
  });
}

TEST(BufferPool, ACancelledWaiterTakesNothing) {
  run_process([](Platform& p) -> Task<void> {
    BufferPool pool(p, p.control(), KiB(4), KiB(4));
    Buffer only = co_await pool.acquire();
    const auto wait = [](BufferPool& from) -> Task<void> { co_await from.acquire(); };
    const ErrorCode error = co_await error_of(with_deadline(p, 1ms, "buffer", wait(pool)));
    EXPECT_EQ(error, Errc::timed_out);
    only = Buffer();
    co_await sleep_for(p, 1ms);
    EXPECT_EQ(pool.in_use(), Bytes(0));
    EXPECT_TRUE(pool.try_acquire());
  });
}

}  // namespace
}  // namespace dwcp::platform
