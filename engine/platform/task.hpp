// The coroutine vocabulary of the engine.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace dwcp {

namespace asio = boost::asio;

using Executor = asio::any_io_executor;

// A lazily started coroutine. It is destroyed without being resumed when its process is killed: hold resources by RAII.
template <class T = void>
using Task = asio::awaitable<T>;

}  // namespace dwcp
