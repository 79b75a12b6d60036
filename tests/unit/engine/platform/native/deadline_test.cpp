#include "tests/unit/engine/platform/native/harness.hpp"

namespace dwcp::platform::native {
namespace {

using NativeDeadline = NativeTest;

Task<int> refuse() {
  throw Error(Errc::refused, "at once");
  co_return 0;
}

// The deadline is far beyond the harness's patience: only an early report passes.
TEST_F(NativeDeadline, AFailureIsReportedAtOnceAndAsItself) {
  run([&]() -> Task<void> {
    EXPECT_EQ(co_await error_of(with_deadline(platform_, std::chrono::hours(1), "refusal", refuse())),
              make_error_code(Errc::refused));
  });
}

TEST_F(NativeDeadline, ALateTaskIsCancelled) {
  run([&]() -> Task<void> {
    EXPECT_EQ(co_await error_of(with_deadline(platform_, std::chrono::milliseconds(5), "sleep",
                                              sleep_for(platform_, std::chrono::hours(1)))),
              make_error_code(Errc::timed_out));
  });
}

}  // namespace
}  // namespace dwcp::platform::native
