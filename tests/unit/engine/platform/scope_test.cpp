#include "engine/platform/scope.hpp"

#include "tests/unit/engine/platform/one_process.hpp"

namespace dwcp::platform {
namespace {

// Ends after `d` of virtual time and notes how: '.' in order, '!' cancelled.
Task<void> child(Platform& p, Duration d, std::string& log, char name) {
  try {
    co_await sleep_for(p, d);
  } catch (const boost::system::system_error&) {
    log += name;
    log += '!';
    throw;
  }
  log += name;
  log += '.';
}
Task<void> failing(Platform& p, Duration d) {
  co_await sleep_for(p, d);
  throw Error(Errc::refused, "for the test");
}

TEST(Scope, JoinWaitsForAllChildren) {
  run_process([](Platform& p) -> Task<void> {
    std::string log;
    Scope scope(p, p.control());
    scope.spawn(child(p, 3ms, log, 'a'));
    scope.spawn(p.lane(0), child(p, 1ms, log, 'b'));
    scope.spawn([]() -> Task<void> { co_return; }());
    co_await scope.join();
    EXPECT_EQ(log, "b.a.");
    EXPECT_EQ(p.now(), at_time(3ms));
    co_await scope.join();  // nothing left: at once
    scope.spawn(child(p, 1ms, log, 'c'));
    co_await scope.join();
    EXPECT_EQ(log, "b.a.c.");
  });
}

TEST(Scope, AFailureCancelsTheOthersAndIsTold) {
  run_process([](Platform& p) -> Task<void> {
    std::string log;
    int told = 0;
    Scope scope(p, p.control(), [&](std::exception_ptr) { ++told; });
    scope.spawn(child(p, 1h, log, 'a'));
    scope.spawn(failing(p, 2ms));
    scope.spawn(failing(p, 2ms));  // at the same time: the first is told
    const ErrorCode error = co_await error_of(scope.join());
    EXPECT_EQ(error, Errc::refused);
    EXPECT_EQ(log, "a!");
    EXPECT_EQ(told, 1);
    EXPECT_EQ(p.now(), at_time(2ms));
    EXPECT_TRUE(scope.cancelled());
  });
}

TEST(Scope, AfterCancelNothingIsStarted) {
  run_process([](Platform& p) -> Task<void> {
    std::string log;
    Scope scope(p, p.control());
    scope.spawn(child(p, 1h, log, 'a'));
    co_await sleep_for(p, 1ms);
    scope.cancel();
    scope.spawn(child(p, 1ms, log, 'b'));
    const ErrorCode error = co_await error_of(scope.join());
    EXPECT_FALSE(error);  // a cancellation that was asked for is no failure
    EXPECT_EQ(log, "a!");
    EXPECT_EQ(p.now(), at_time(1ms));
  });
}

TEST(Scope, ItsEndCancelsWhatStillRuns) {
  run_process([](Platform& p) -> Task<void> {
    auto log = std::make_shared<std::string>();
    {
      Scope scope(p, p.control(), [](std::exception_ptr) { ADD_FAILURE(); });
      scope.spawn(
          [](Platform& q, std::shared_ptr<std::string> l) -> Task<void> { co_await child(q, 1h, *l, 'a'); }(p, log));
      co_await sleep_for(p, 1ms);
    }
    co_await sleep_for(p, 1ms);
    EXPECT_EQ(*log, "a!");
  });
}

// Children refer to the body's frame: it must not end before them, also when the caller is cancelled.
TEST(Scope, InScopeEndsAfterItsChildrenWhateverHappens) {
  run_process([](Platform& p) -> Task<void> {
    std::string log;
    const auto body = [&](bool fail) {
      return in_scope(p, [&, fail](Scope& scope) -> Task<void> {
        std::string local = "local";
        scope.spawn(child(p, 5ms, log, 'a'));
        if (fail) co_await failing(p, 1ms);
        co_await sleep_for(p, 2ms);
        log += local;
      });
    };
    co_await body(false);
    EXPECT_EQ(log, "locala.");
    log.clear();
    const ErrorCode failed = co_await error_of(body(true));
    EXPECT_EQ(failed, Errc::refused);
    EXPECT_EQ(log, "a!");
    log.clear();
    const TimePoint start = p.now();
    const ErrorCode late = co_await error_of(with_deadline(p, 1ms, "body", body(false)));
    EXPECT_EQ(late, Errc::timed_out);
    EXPECT_EQ(log, "a!");
    EXPECT_EQ(p.now() - start, 1ms);
  });
}

TEST(Scope, ManyChildrenComeAndGo) {
  run_process([](Platform& p) -> Task<void> {
    int ended = 0;
    Scope scope(p, p.control());
    for (int i = 0; i < 1000; ++i)
      scope.spawn([](Platform& q, int n, int& count) -> Task<void> {
        co_await sleep_for(q, (n % 7) * 1us);
        ++count;
      }(p, i, ended));
    co_await scope.join();
    EXPECT_EQ(ended, 1000);
  });
}

}  // namespace
}  // namespace dwcp::platform
