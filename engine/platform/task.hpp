// The coroutine vocabulary of the engine.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <type_traits>
#include <utility>

namespace dwcp {

namespace asio = boost::asio;

using Executor = asio::any_io_executor;

// A lazily started coroutine. It is destroyed without being resumed when its process is killed: hold resources by RAII.
template <class T = void>
using Task = asio::awaitable<T>;

// What every co_spawn'ed task is wrapped in. A task that ends without having been suspended, after it cancelled itself
// (by ending the session or scope that it belongs to), would make Boost 1.81's co_spawn throw out of its own last step,
// past the completion handler and into the event loop.
template <class T>
Task<T> shielded(Task<T> task) {
  std::exception_ptr failure;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(task);
      co_await asio::this_coro::throw_if_cancelled(false);
      co_return;
    } else {
      T value = co_await std::move(task);
      co_await asio::this_coro::throw_if_cancelled(false);
      co_return std::move(value);
    }
  } catch (...) {
    failure = std::current_exception();
  }
  co_await asio::this_coro::throw_if_cancelled(false);
  std::rethrow_exception(failure);
}

}  // namespace dwcp
