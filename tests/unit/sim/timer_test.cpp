#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include "tests/unit/sim/pair.hpp"

namespace dwcp::sim {
namespace {

TEST(Timer, ExpiresAtTheExactTime) {
  Pair pair;
  auto& program = pair.world.start(pair.left, "p", [](Platform& p) -> Task<void> {
    auto timer = p.timer(p.control());
    timer.expires_at(at_time(1234567891ns));
    co_await timer.async_wait(asio::use_awaitable);
    EXPECT_EQ(p.now(), at_time(1234567891ns));
    timer.expires_at(at_time(1s));  // past
    co_await timer.async_wait(asio::use_awaitable);
    EXPECT_EQ(p.now(), at_time(1234567891ns));
  });
  pair.finish({&program});
}

TEST(Timer, SeveralWaitersCompleteInTheirOrder) {
  Pair pair;
  std::string order;
  auto& program = pair.world.start(pair.left, "p", [&](Platform& p) -> Task<void> {
    auto timer = p.timer(p.control());
    timer.expires_at(at_time(5ms));
    for (const char name : {'a', 'b', 'c'})
      timer.async_wait([&order, name](ErrorCode error) { order += error ? '?' : name; });
    co_await timer.async_wait(asio::use_awaitable);
    EXPECT_EQ(order, "abc");
    EXPECT_EQ(p.now(), at_time(5ms));
  });
  pair.finish({&program});
}

TEST(Timer, OneWaiterIsCancelledAndTheOthersWaitOn) {
  Pair pair;
  std::string order;
  auto& program = pair.world.start(pair.left, "p", [&](Platform& p) -> Task<void> {
    auto timer = p.timer(p.control());
    timer.expires_at(at_time(5ms));
    asio::cancellation_signal second;
    const auto waiter = [&](char name) {
      return [&order, name](ErrorCode error) {
        order += name;
        order += error == asio::error::operation_aborted ? '!' : '.';
      };
    };
    timer.async_wait(waiter('a'));
    timer.async_wait(asio::bind_cancellation_slot(second.slot(), waiter('b')));
    timer.async_wait(waiter('c'));
    co_await platform::sleep_for(p, 1ms);
    second.emit(asio::cancellation_type::terminal);
    co_await platform::sleep_for(p, 1ms);
    EXPECT_EQ(order, "b!");
    second.emit(asio::cancellation_type::terminal);  // too late: harmless
    co_await platform::sleep_for(p, 10ms);
    EXPECT_EQ(order, "b!a.c.");
  });
  pair.finish({&program});
}

TEST(Timer, CancelAndANewExpiryEndTheWaits) {
  Pair pair;
  std::string order;
  auto& program = pair.world.start(pair.left, "p", [&](Platform& p) -> Task<void> {
    auto timer = p.timer(p.control());
    const auto waiter = [&](ErrorCode error) { order += error == asio::error::operation_aborted ? '!' : '.'; };
    timer.expires_at(TimePoint::max());
    timer.async_wait(waiter);
    timer.cancel();
    EXPECT_EQ(order, "");  // never inline
    timer.async_wait(waiter);
    timer.expires_at(at_time(3ms));
    timer.async_wait(waiter);
    co_await platform::sleep_for(p, 2ms);
    EXPECT_EQ(order, "!!");
    {
      auto dying = p.timer(p.control());
      dying.expires_at(TimePoint::max());
      dying.async_wait(waiter);
    }
    co_await platform::sleep_for(p, 2ms);
    EXPECT_EQ(order, "!!!.");
  });
  pair.finish({&program});
}

TEST(Timer, ADeadlockIsSeenWhenNothingIsLeftToHappen) {
  Pair pair;
  auto& program = pair.world.start(pair.left, "p", [](Platform& p) -> Task<void> {
    co_await platform::sleep_for(p, 7ms);
    co_await platform::sleep_until(p, TimePoint::max());
  });
  EXPECT_EQ(pair.world.run_until([&] { return program.finished(); }, at_time(1h)), Outcome::deadlock);
  EXPECT_EQ(pair.world.last_turn(), at_time(7ms));
}

TEST(Timer, ALimitIsNotADeadlock) {
  Pair pair;
  auto& program =
      pair.world.start(pair.left, "p", [](Platform& p) -> Task<void> { co_await platform::sleep_for(p, 2h); });
  EXPECT_EQ(pair.world.run_until([&] { return program.finished(); }, at_time(1h)), Outcome::timed_out);
  EXPECT_EQ(pair.world.run_until([&] { return program.finished(); }, at_time(3h)), Outcome::reached);
  EXPECT_EQ(pair.world.now(), at_time(2h));
}

}  // namespace
}  // namespace dwcp::sim
