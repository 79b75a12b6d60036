// Every wait has a deadline: run a task, and cancel it when the time is over.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <string>
#include <variant>

#include "engine/platform/crossing.hpp"
#include "engine/platform/platform.hpp"

namespace dwcp::platform {

inline Task<void> sleep_until(Platform& platform, TimePoint t) {
  Timer timer = platform.timer(co_await asio::this_coro::executor);
  timer.expires_at(t);
  co_await timer.async_wait(asio::use_awaitable);
}

inline Task<void> sleep_for(Platform& platform, Duration d) { return sleep_until(platform, platform.now() + d); }

// The task's value, or its failure as soon as it fails (the operator || alone would wait for a success); throws
// Error(timed_out) naming `what` when `limit` passes first, after the task was cancelled and ended.
template <class T>
Task<T> with_deadline(Platform& platform, Duration limit, std::string what, Task<T> task) {
  using namespace asio::experimental::awaitable_operators;
  auto result = co_await (shielded(outcome_of(std::move(task))) || sleep_for(platform, limit));
  if (result.index() == 1) throw Error(Errc::timed_out, what + " took longer than " + dwcp::to_string(limit));
  auto outcome = std::get<0>(std::move(result));
  if (outcome.failure) std::rethrow_exception(outcome.failure);
  if constexpr (!std::is_void_v<T>) co_return std::move(*outcome.value);
}

}  // namespace dwcp::platform
