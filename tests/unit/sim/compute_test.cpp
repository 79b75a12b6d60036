#include "engine/platform/scope.hpp"
#include "sim/work_model.hpp"
#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

using platform::Work;
using platform::WorkKind;
using platform::WorkList;

TEST(WorkModel, LevelsBetweenTheMeasuredOnesAreInterpolated) {
  const auto speed = [](int level) { return bytes_per_second(WorkKind::zstd_encode, level); };
  EXPECT_DOUBLE_EQ(speed(1), 0.36e9);
  EXPECT_DOUBLE_EQ(speed(3), 0.25e9);
  EXPECT_NEAR(speed(2), std::sqrt(0.36e9 * 0.25e9), 1);
  EXPECT_DOUBLE_EQ(speed(22), speed(19));
  EXPECT_DOUBLE_EQ(speed(-5), speed(1));
  for (int level = 1; level < 19; ++level) EXPECT_GT(speed(level), speed(level + 1)) << level;
}

TEST(WorkModel, AListIsTheSumOfItsParts) {
  const WorkList list = {{WorkKind::copy, 0, Bytes(9'000'000)}, {WorkKind::zstd_encode, 3, Bytes(2'500'000)}};
  EXPECT_EQ(modelled_time(list, 1), 11ms);
  EXPECT_EQ(modelled_time(list, 2), 5500us);
  EXPECT_EQ(modelled_time({}, 1), 0ns);
}

// A job of `time` on one core of the table's speed.
WorkList lasting(Duration time) { return {{WorkKind::copy, 0, Bytes(static_cast<std::uint64_t>(time.count()) * 9)}}; }

TEST(Compute, JobsQueueForTheCores) {
  World world;
  auto& host = world.add_host("host", {.cores = 2});
  std::vector<std::pair<int, TimePoint>> ends;
  auto& program = world.start(host, "p", [&](Platform& p) -> Task<void> {
    EXPECT_EQ(p.compute().cores(), 2u);
    platform::Scope scope(p, p.control());
    const auto job = [&](int name, Duration time) -> Task<void> {
      bool ran = false;
      const Duration took = co_await p.compute().run("test", [&] {
        ran = true;
        return lasting(time);
      });
      EXPECT_TRUE(ran);
      EXPECT_EQ(took, time);
      ends.emplace_back(name, p.now());
    };
    scope.spawn(job(0, 10ms));
    scope.spawn(job(1, 4ms));
    scope.spawn(job(2, 3ms));  // after 1: 4 to 7 ms
    scope.spawn(job(3, 8ms));  // after 2: 7 to 15 ms
    co_await scope.join();
  });
  EXPECT_EQ(world.run_until([&] { return program.finished(); }, at_time(1s)), Outcome::reached);
  EXPECT_NO_THROW(program.rethrow_failure());
  const std::vector<std::pair<int, TimePoint>> expected = {
      {1, at_time(4ms)}, {2, at_time(7ms)}, {0, at_time(10ms)}, {3, at_time(15ms)}};
  EXPECT_EQ(ends, expected);
  EXPECT_EQ(program.process().compute_model().times(), (platform::StageTimes{{"test", 25ms}}));
}

TEST(Compute, AnExceptionOfTheJobComesBack) {
  World world;
  auto& host = world.add_host("host");
  auto& program = world.start(host, "p", [&](Platform& p) -> Task<void> {
    co_await p.compute().run("test", []() -> WorkList { throw Error(Errc::bad_encoding, "for the test"); });
  });
  world.run_until([&] { return program.finished(); }, at_time(1s));
  EXPECT_THROW(program.rethrow_failure(), Error);
}

TEST(Compute, AJobThatNobodyWaitsForKeepsItsCore) {
  World world;
  auto& host = world.add_host("host", {.cores = 1});
  auto& program = world.start(host, "p", [&](Platform& p) -> Task<void> {
    bool timed_out = false;
    try {
      co_await platform::with_deadline(p, 1ms, "job", p.compute().run("test", [] { return lasting(10ms); }));
    } catch (const Error& e) {
      timed_out = e.code() == Errc::timed_out;
    }
    EXPECT_TRUE(timed_out);
    EXPECT_EQ(p.now(), at_time(1ms));
    co_await p.compute().run("test", [] { return lasting(1ms); });
    EXPECT_EQ(p.now(), at_time(11ms));
  });
  EXPECT_EQ(world.run_until([&] { return program.finished(); }, at_time(1s)), Outcome::reached);
  EXPECT_NO_THROW(program.rethrow_failure());
}

}  // namespace
}  // namespace dwcp::sim
