#include "engine/platform/deadline.hpp"

#include "engine/platform/scope.hpp"
#include "tests/unit/engine/platform/one_process.hpp"

namespace dwcp::platform {
namespace {

Task<int> value_after(Platform& p, Duration d) {
  co_await sleep_for(p, d);
  co_return 42;
}
Task<void> failure_after(Platform& p, Duration d) {
  co_await sleep_for(p, d);
  throw Error(Errc::refused, "for the test");
}

TEST(Deadline, TheValueComesAsSoonAsItIsThere) {
  run_process([](Platform& p) -> Task<void> {
    const int value = co_await with_deadline(p, 10s, "value", value_after(p, 3ms));
    EXPECT_EQ(value, 42);
    EXPECT_EQ(p.now(), at_time(3ms));
  });
}

TEST(Deadline, AFailureComesAtOnceAndAsItself) {
  run_process([](Platform& p) -> Task<void> {
    const ErrorCode error = co_await error_of(with_deadline(p, 10s, "work", failure_after(p, 3ms)));
    EXPECT_EQ(error, Errc::refused);
    EXPECT_EQ(p.now(), at_time(3ms));
  });
}

TEST(Deadline, TheMessageNamesWhatAndHowLong) {
  run_process([](Platform& p) -> Task<void> {
    std::string detail;
    try {
      co_await with_deadline(p, 250ms, "value", value_after(p, 3s));
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), Errc::timed_out);
      detail = e.detail();
    }
    EXPECT_EQ(detail, "value took longer than 250 ms");
    EXPECT_EQ(p.now(), at_time(250ms));
  });
}

// The task has ended, by its cancellation, when the deadline is reported: what it refers to may go.
TEST(Deadline, TheTaskHasEndedBefore) {
  run_process([](Platform& p) -> Task<void> {
    bool ended = false;
    const auto slow = [&]() -> Task<void> {
      struct AtEnd {
        bool& flag;
        ~AtEnd() { flag = true; }
      } at_end{ended};
      co_await sleep_for(p, 1h);
    };
    const ErrorCode error = co_await error_of(with_deadline(p, 1s, "slow", slow()));
    EXPECT_EQ(error, Errc::timed_out);
    EXPECT_TRUE(ended);
  });
}

TEST(Deadline, TheCallersCancellationIsNotADeadline) {
  run_process([](Platform& p) -> Task<void> {
    ErrorCode error;
    {
      Scope scope(p, p.control());
      scope.spawn([](Platform& q, ErrorCode& e) -> Task<void> {
        e = co_await error_of(with_deadline(q, 10s, "sleep", sleep_for(q, 1h)));
      }(p, error));
      co_await sleep_for(p, 1s);
      scope.cancel();
      co_await scope.join();
    }
    EXPECT_EQ(error, asio::error::operation_aborted);
    EXPECT_EQ(p.now(), at_time(1s));
  });
}

TEST(Deadline, OneWithinAnotherFiresFirst) {
  run_process([](Platform& p) -> Task<void> {
    const ErrorCode error = co_await error_of([](Platform& q) -> Task<void> {
      co_await with_deadline(q, 2s, "outer", with_deadline(q, 1s, "inner", sleep_for(q, 1h)));
    }(p));
    EXPECT_EQ(error, Errc::timed_out);
    EXPECT_EQ(p.now(), at_time(1s));
    const ErrorCode other =
        co_await error_of(with_deadline(p, 1s, "outer", with_deadline(p, 2s, "inner", sleep_for(p, 1h))));
    EXPECT_EQ(other, Errc::timed_out);
    EXPECT_EQ(p.now(), at_time(2s));
  });
}

}  // namespace
}  // namespace dwcp::platform
