// Awaiting a coroutine that runs on another executor, with cancellation that crosses over safely.
//
// co_spawn(other, task, use_awaitable) does not: in Boost 1.81 a cancellation is dispatched to the other executor as a
// raw pointer into the waiting operation, which may have ended by the time it gets there.
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <memory>
#include <optional>

#include "engine/platform/task.hpp"

namespace dwcp::platform {

// A task's end as a value.
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

namespace detail {

// Shared by both sides; the signal and `ended` are used on the other executor only.
template <class T>
struct Crossing {
  asio::cancellation_signal signal;
  bool ended = false;
  Outcome<T> outcome;
};

template <class T>
Task<void> settle(std::shared_ptr<Crossing<T>> crossing, Task<T> task) {
  crossing->outcome = co_await outcome_of(std::move(task));
}

struct StartCrossing {
  template <class Handler, class T>
  void operator()(Handler handler, Executor other, std::shared_ptr<Crossing<T>> crossing, Task<T> task) const {
    auto slot = asio::get_associated_cancellation_slot(handler);
    const Executor back = asio::get_associated_executor(handler, other);
    if (slot.is_connected())
      slot.assign([crossing, other](asio::cancellation_type type) {
        asio::post(other, [crossing, type] {
          if (!crossing->ended) crossing->signal.emit(type);
        });
      });
    // No executor is bound to this handler: then co_spawn emits in place, which is on `other`.
    auto done = [crossing, back, slot, handler = std::move(handler)](const std::exception_ptr&) mutable {
      crossing->ended = true;
      asio::post(back, [slot, handler = std::move(handler)]() mutable {
        if (slot.is_connected()) slot.clear();
        handler();
      });
    };
    asio::co_spawn(other, shielded(settle(crossing, std::move(task))),
                   asio::bind_cancellation_slot(crossing->signal.slot(), std::move(done)));
  }
};

}  // namespace detail

// Runs `task` on `executor` and resumes the caller on its own. When the caller is cancelled, so is the task, and its
// end is awaited.
template <class T>
Task<T> on(Executor executor, Task<T> task) {
  // On its own executor nothing is to be crossed (in the simulation: never).
  const Executor here = co_await asio::this_coro::executor;
  if (here == executor) co_return co_await std::move(task);
  const auto crossing = std::make_shared<detail::Crossing<T>>();
  const asio::use_awaitable_t<> token;
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(detail::StartCrossing{}, token, executor,
                                                                       crossing, std::move(task));
  if (crossing->outcome.failure) std::rethrow_exception(crossing->outcome.failure);
  if constexpr (!std::is_void_v<T>) co_return std::move(*crossing->outcome.value);
}

}  // namespace dwcp::platform
