// Every wait has a deadline: run a task, and cancel it when the time is over.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <exception>
#include <optional>
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

// A task's end as a value. The operator || waits for the first *success*: a failure left as an exception would be kept
// back until the deadline, and then be reported as one.
template <class T>
struct Outcome {
  std::exception_ptr failure;
  std::optional<T> value;
};
template <>
struct Outcome<void> {
  std::exception_ptr failure;
};

template <class T>
Task<Outcome<T>> outcome_of(Task<T> task) {
  Outcome<T> outcome;
  try {
    if constexpr (std::is_void_v<T>)
      co_await std::move(task);
    else
      outcome.value = co_await std::move(task);
  } catch (...) {
    outcome.failure = std::current_exception();
  }
  co_return outcome;
}

// The task's value, or its failure as soon as it fails; throws Error(timed_out) naming `what` when `limit` passes
// first, after the task was cancelled and ended.
template <class T>
Task<T> with_deadline(Platform& platform, Duration limit, std::string what, Task<T> task) {
  using namespace asio::experimental::awaitable_operators;
  auto result = co_await (shielded(outcome_of(std::move(task))) || sleep_for(platform, limit));
  if (result.index() == 1) throw Error(Errc::timed_out, what + " took longer than " + dwcp::to_string(limit));
  auto outcome = std::get<0>(std::move(result));
  if (outcome.failure) std::rethrow_exception(outcome.failure);
  if constexpr (!std::is_void_v<T>) co_return std::move(*outcome.value);
}

// Runs `task` on `executor` and resumes the caller on its own.
template <class T>
Task<T> on(Executor executor, Task<T> task) {
  // On its own executor nothing is to be crossed (in the simulation: never).
  const Executor here = co_await asio::this_coro::executor;
  if (here == executor) co_return co_await std::move(task);
  co_return co_await asio::co_spawn(executor, shielded(std::move(task)), asio::use_awaitable);
}

}  // namespace dwcp::platform
