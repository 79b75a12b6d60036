#include "scenarios/explore/run_pool.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <map>

#include "scenarios/explore/failure.hpp"

namespace dwcp::scenarios {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr RunPool::WallTime long_enough = 10min;

class Pool : public testing::Test {
 protected:
  void SetUp() override {
    work_ = std::filesystem::path(testing::TempDir()) / ("dwcp-pool-" + std::to_string(getpid()) + "-" +
                                                         testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(work_);
  }
  void TearDown() override { std::filesystem::remove_all(work_); }

  static std::map<std::uint64_t, EndedRun> all(RunPool& pool) {
    std::map<std::uint64_t, EndedRun> ended;
    while (!pool.idle())
      for (EndedRun& run : pool.wait(1s)) ended.emplace(run.ticket, std::move(run));
    return ended;
  }
  static reports::Result say_seed(const Job& job, const OnProgress&) {
    reports::Result result;
    result.metrics["seed"] = static_cast<double>(job.seed);
    return result;
  }
  // Runs with an odd seed never end.
  static reports::Result odd_ones_hang(const Job& job, const OnProgress& progress) {
    while (job.seed % 2 == 1) pause();
    return say_seed(job, progress);
  }

  std::filesystem::path work_;
};

TEST_F(Pool, RunsSoManyAtOnceAndYieldsTheirResults) {
  RunPool pool(2, long_enough, work_, say_seed);
  pool.start(10, {}, 3, "again");
  EXPECT_TRUE(pool.has_room());
  pool.start(20, {}, 4, "");
  EXPECT_FALSE(pool.has_room());
  const auto ended = all(pool);
  ASSERT_EQ(ended.size(), 2u);
  EXPECT_EQ(ended.at(10).result.metric("seed"), 3);
  EXPECT_EQ(ended.at(10).result.reproduce, "again");
  EXPECT_EQ(ended.at(20).result.metric("seed"), 4);
}

TEST_F(Pool, ACrashIsAFailureOfThatRunAlone) {
  RunPool pool(2, long_enough, work_, [](const Job& job, const OnProgress& progress) {
    if (job.seed == 1) raise(SIGKILL);
    return say_seed(job, progress);
  });
  pool.start(1, {}, 1, "");
  pool.start(2, {}, 2, "");
  const auto ended = all(pool);
  const auto mode = failure_of({}, ended.at(1).result);
  ASSERT_TRUE(mode);
  EXPECT_EQ(mode->kind, kind_process);
  EXPECT_THAT(mode->detail, HasSubstr("signal 9"));
  EXPECT_FALSE(failure_of({}, ended.at(2).result));
}

TEST_F(Pool, ARunThatTakesTooLongIsEndedAndHangs) {
  RunPool pool(2, 20ms, work_, odd_ones_hang);
  pool.start(1, {}, 1, "");
  const auto ended = all(pool);
  const auto mode = failure_of({}, ended.at(1).result);
  ASSERT_TRUE(mode);
  EXPECT_EQ(mode->kind, kind_hang);
  EXPECT_EQ(mode->detail, "the run took longer than 20 ms of wall time");
  EXPECT_TRUE(std::filesystem::exists(ended.at(1).folder / "result.json"));
}

TEST_F(Pool, RunsCanBeDropped) {
  RunPool pool(3, long_enough, work_, odd_ones_hang);
  pool.start(1, {}, 2, "");
  pool.start(5, {}, 3, "");
  pool.start(6, {}, 5, "");
  pool.drop_after(1);
  EXPECT_EQ(all(pool).size(), 1u);
  pool.start(7, {}, 7, "");
  pool.drop_all();
  EXPECT_TRUE(pool.idle());
}

TEST_F(Pool, LeavesOnlyWhatIsKept) {
  const auto kept = work_.string() + "-kept";
  std::filesystem::create_directories(kept + "/old");
  {
    RunPool pool(2, long_enough, work_, say_seed);
    pool.start(1, {}, 1, "");
    pool.start(2, {}, 2, "");
    const auto ended = all(pool);
    pool.keep(ended.at(1), kept);
    pool.discard(ended.at(2));
    EXPECT_FALSE(std::filesystem::exists(ended.at(2).folder));
  }
  EXPECT_FALSE(std::filesystem::exists(work_));
  EXPECT_FALSE(std::filesystem::exists(kept + "/old"));
  EXPECT_TRUE(std::filesystem::exists(kept + "/result.json"));
  std::filesystem::remove_all(kept);
}

TEST_F(Pool, SaysWhereItCannotWrite) {
  std::ofstream(work_) << "a file";
  try {
    RunPool pool(1, long_enough, work_ / "below", say_seed);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), make_error_code(Errc::storage_failed));
    EXPECT_THAT(error.detail(), HasSubstr(work_.string()));
  }
}

}  // namespace
}  // namespace dwcp::scenarios
