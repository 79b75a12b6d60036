#include <atomic>
#include <latch>
#include <set>
#include <thread>

#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::platform::native {
namespace {

class NativeCompute : public NativeTest {};

TEST_F(NativeCompute, RunsJobsAtOnceOnOtherThreads) {
  run([&]() -> Task<void> {
    std::latch both(2);  // passed only when two jobs run at the same time
    std::atomic<int> off_control = 0;
    const auto control = std::this_thread::get_id();
    Scope scope(platform_, platform_.control());
    for (int i = 0; i < 2; ++i)
      scope.spawn([](Compute& compute, std::latch& meet, std::atomic<int>& count, std::thread::id mine) -> Task<void> {
        co_await compute.run("test", [&] {
          meet.arrive_and_wait();
          count += std::this_thread::get_id() != mine;
          return WorkList{};
        });
        EXPECT_EQ(std::this_thread::get_id(), mine);
      }(platform_.compute(), both, off_control, control));
    co_await scope.join();
    EXPECT_EQ(off_control, 2);
    EXPECT_EQ(platform_.compute().cores(), 2U);
  });
}

TEST_F(NativeCompute, MeasuresProcessorTimeNotWaiting) {
  run([&]() -> Task<void> {
    const Duration slept = co_await platform_.compute().run("wait", [] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      return WorkList{};
    });
    EXPECT_LT(slept, std::chrono::milliseconds(150));  // processor time: does not grow with the machine's load
    const Duration worked = co_await platform_.compute().run("work", [] {
      volatile std::uint64_t sum = 0;
      for (std::uint64_t i = 0; i < 20'000'000; ++i) sum = sum + i;
      return WorkList{};
    });
    EXPECT_GT(worked, slept);
    const StageTimes expected = {{"work", worked}, {"wait", slept}};
    EXPECT_EQ(platform_.compute().times(), expected);
  });
}

TEST_F(NativeCompute, CountsWhatTheLanesAndControlDidBesideTheJobs) {
  run([&]() -> Task<void> {
    const StageTimes before = platform_.processor_times();
    Task<void> busy = [](NativePlatform& p) -> Task<void> {
      const Duration target = p.processor_times().at("lanes") + std::chrono::milliseconds(20);
      while (p.processor_times().at("lanes") < target) continue;
      co_return;
    }(platform_);
    co_await on(platform_.lane(0), std::move(busy));
    const StageTimes after = platform_.processor_times();
    EXPECT_GE(after.at("lanes") - before.at("lanes"), std::chrono::milliseconds(20));
    EXPECT_GE(after.at("control"), before.at("control"));
    EXPECT_GT(after.at("control"), Duration(0));
  });
}

TEST_F(NativeCompute, RethrowsWhatAJobThrows) {
  run([&]() -> Task<void> {
    const ErrorCode error = co_await error_of(
        platform_.compute().run("test", []() -> WorkList { throw Error(Errc::bad_encoding, "page 7"); }));
    EXPECT_EQ(error, make_error_code(Errc::bad_encoding));
  });
}

TEST_F(NativeCompute, CancelledBeforeItBeganNeverRuns) {
  run([&]() -> Task<void> {
    std::latch release(1);
    std::atomic<int> begun = 0;
    Scope busy(platform_, platform_.control()), late(platform_, platform_.control());
    const auto hold = [](Compute& compute, std::latch& gate, std::atomic<int>& count) -> Task<void> {
      co_await compute.run("test", [&] {
        ++count;
        gate.wait();
        return WorkList{};
      });
    };
    for (int i = 0; i < 2; ++i) busy.spawn(hold(platform_.compute(), release, begun));
    while (begun < 2) co_await sleep_for(platform_, std::chrono::milliseconds(1));
    late.spawn(hold(platform_.compute(), release, begun));
    late.cancel();
    co_await late.join();
    EXPECT_EQ(begun, 2);
    busy.cancel();  // these have begun: they are waited for
    release.count_down();
    co_await busy.join();
    EXPECT_EQ(begun, 2);
  });
}

TEST_F(NativeCompute, ManyJobsFromEveryExecutor) {
  run([&]() -> Task<void> {
    std::atomic<int> done = 0;
    Scope scope(platform_, platform_.control());
    for (int i = 0; i < 300; ++i) {
      const Executor where = i % 3 == 0 ? platform_.control() : platform_.lane(static_cast<unsigned>(i % 2));
      scope.spawn(where, [](Compute& compute, std::atomic<int>& count) -> Task<void> {
        co_await compute.run("test", [&] {
          ++count;
          return WorkList{};
        });
      }(platform_.compute(), done));
    }
    co_await scope.join();
    EXPECT_EQ(done, 300);
  });
}

}  // namespace
}  // namespace dwcp::platform::native
