// Every wait has a deadline: run a task, and cancel it when the time is over.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <string>
#include <variant>

#include "engine/platform/platform.hpp"

namespace dwcp::platform {

inline Task<void> sleep_until(Platform& platform, TimePoint t) {
  Timer timer = platform.timer(co_await asio::this_coro::executor);
  timer.expires_at(t);
  co_await timer.async_wait(asio::use_awaitable);
}

inline Task<void> sleep_for(Platform& platform, Duration d) { return sleep_until(platform, platform.now() + d); }

// The task's value; throws Error(timed_out) naming `what` when `limit` passes first, after the task was cancelled and
// ended.
template <class T>
Task<T> with_deadline(Platform& platform, Duration limit, std::string what, Task<T> task) {
  using namespace asio::experimental::awaitable_operators;
  auto result = co_await (std::move(task) || sleep_for(platform, limit));
  if (result.index() == 1) throw Error(Errc::timed_out, what + " took longer than " + dwcp::to_string(limit));
  if constexpr (!std::is_void_v<T>) co_return std::get<0>(std::move(result));
}

// Runs `task` on `executor` and resumes the caller on its own.
template <class T>
Task<T> on(Executor executor, Task<T> task) {
  co_return co_await asio::co_spawn(executor, std::move(task), asio::use_awaitable);
}

}  // namespace dwcp::platform
