#include "engine/platform/native/workers.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <latch>

namespace dwcp::platform::native {
namespace {

Task<void> run_one(Workers& workers, std::function<void()> job, Workers::Turn* turn, int& done) {
  co_await workers.run(std::move(job), turn);
  ++done;
}

TEST(Workers, JobsOfOneTurnNeverOverlap) {
  constexpr int jobs = 400;
  Workers workers(4, "turns");
  Workers::Turn turn;
  asio::io_context control(1);
  std::atomic<int> running{0};
  int overlaps = 0, done = 0;  // `overlaps` is written by one job at a time only if the turn holds
  const std::function<void()> job = [&] {
    if (++running > 1) ++overlaps;
    std::this_thread::yield();
    --running;
  };
  for (int i = 0; i < jobs; ++i) asio::co_spawn(control, run_one(workers, job, &turn, done), asio::detached);
  control.run();
  EXPECT_EQ(done, jobs);
  EXPECT_EQ(overlaps, 0);
}

// Each waits for the other: they end only when both are begun, with jobs of a turn that is taken before them.
TEST(Workers, OthersGoOnWhileATurnIsTaken) {
  Workers workers(3, "turns");
  Workers::Turn turn, other;
  asio::io_context control(1);
  std::latch together(3);
  int done = 0;
  const std::function<void()> meet = [&] { together.arrive_and_wait(); };
  const std::function<void()> nothing = [] {};
  asio::co_spawn(control, run_one(workers, meet, &turn, done), asio::detached);
  asio::co_spawn(control, run_one(workers, nothing, &turn, done), asio::detached);
  asio::co_spawn(control, run_one(workers, nothing, &turn, done), asio::detached);
  asio::co_spawn(control, run_one(workers, meet, &other, done), asio::detached);
  asio::co_spawn(control, run_one(workers, meet, nullptr, done), asio::detached);
  control.run();
  EXPECT_EQ(done, 5);
}

TEST(Workers, AJobThatThrowsGivesItsTurnBack) {
  Workers workers(2, "turns");
  Workers::Turn turn;
  asio::io_context control(1);
  int done = 0, failed = 0;
  const std::function<void()> bad = [] { throw std::runtime_error("on purpose"); };
  const std::function<void()> nothing = [] {};
  asio::co_spawn(control, run_one(workers, bad, &turn, done), [&](std::exception_ptr e) { failed += e ? 1 : 0; });
  asio::co_spawn(control, run_one(workers, nothing, &turn, done), asio::detached);
  control.run();
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(done, 1);
}

}  // namespace
}  // namespace dwcp::platform::native
