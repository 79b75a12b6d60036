#include "engine/platform/event.hpp"

#include "engine/platform/scope.hpp"
#include "tests/unit/engine/platform/one_process.hpp"

namespace dwcp::platform {
namespace {

TEST(Event, WakesAllWhoWaitAndNobodyElse) {
  run_process([](Platform& p) -> Task<void> {
    Event event(p, p.control());
    event.notify_all();  // nobody waits: remembered by nobody
    int woken = 0;
    Scope scope(p, p.control());
    for (int i = 0; i < 3; ++i)
      scope.spawn([](Event& e, int& n) -> Task<void> {
        co_await e.wait();
        ++n;
        co_await e.wait();
        ++n;
      }(event, woken));
    co_await sleep_for(p, 1ms);
    EXPECT_EQ(woken, 0);
    event.notify_all();
    co_await sleep_for(p, 1ms);
    EXPECT_EQ(woken, 3);
    event.notify_all();
    co_await scope.join();
    EXPECT_EQ(woken, 6);
    EXPECT_EQ(p.now(), at_time(2ms));
  });
}

TEST(Event, WaitUntilTellsWhichCameFirst) {
  run_process([](Platform& p) -> Task<void> {
    Event event(p, p.control());
    EXPECT_FALSE(co_await event.wait_until(at_time(5ms)));
    EXPECT_EQ(p.now(), at_time(5ms));
    Scope scope(p, p.control());
    scope.spawn([](Platform& q, Event& e) -> Task<void> {
      co_await sleep_until(q, at_time(7ms));
      e.notify_all();
    }(p, event));
    EXPECT_TRUE(co_await event.wait_until(at_time(1h)));
    EXPECT_EQ(p.now(), at_time(7ms));
    EXPECT_FALSE(co_await event.wait_until(at_time(1ms)));  // past
    co_await scope.join();
  });
}

// Else a scope would take the end of a cancelled child for a failure.
TEST(Event, ACancelledWaitEndsAsACancellation) {
  run_process([](Platform& p) -> Task<void> {
    Event event(p, p.control());
    Scope scope(p, p.control());
    std::vector<ErrorCode> errors(2);
    scope.spawn(
        [](Event& e, ErrorCode& error) -> Task<void> { error = co_await error_of(e.wait()); }(event, errors[0]));
    scope.spawn([](Event& e, ErrorCode& error) -> Task<void> {
      const auto wait = [](Event& x) -> Task<void> { co_await x.wait_until(at_time(1h)); };
      error = co_await error_of(wait(e));
    }(event, errors[1]));
    co_await sleep_for(p, 1ms);
    scope.cancel();
    co_await scope.join();
    EXPECT_EQ(errors[0], asio::error::operation_aborted);
    EXPECT_EQ(errors[1], asio::error::operation_aborted);
    EXPECT_EQ(p.now(), at_time(1ms));
  });
}

// A cancelled waiter leaves nothing behind, however often.
TEST(Event, ManyTimedWaitsOnOneEvent) {
  run_process([](Platform& p) -> Task<void> {
    Event event(p, p.control());
    for (int i = 1; i <= 1000; ++i) EXPECT_FALSE(co_await event.wait_until(at_time(i * 1us)));
    EXPECT_EQ(p.now(), at_time(1ms));
  });
}

}  // namespace
}  // namespace dwcp::platform
