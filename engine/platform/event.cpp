#include "engine/platform/event.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

namespace dwcp::platform {
namespace {

// A notification is the timer's cancellation; the coroutine's own cancellation must still surface as an exception.
void throw_if_cancelled(const asio::cancellation_state& state) {
  if (state.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace

Event::Event(Platform& platform, Executor on) : platform_(platform), never_(platform.timer(on)) {
  never_.expires_at(TimePoint::max());
}

Task<void> Event::wait() {
  // Into a variable: g++ 12 compiles "std::ignore = co_await ..." to a trap.
  [[maybe_unused]] const auto ended = co_await never_.async_wait(asio::as_tuple(asio::use_awaitable));
  throw_if_cancelled(co_await asio::this_coro::cancellation_state);
}

// The first of the two ends the wait, whatever it ended with: the operator || would wait for a success, and report a
// cancellation as an exception of its own.
Task<bool> Event::wait_until(TimePoint deadline) {
  Timer alarm = platform_.timer(never_.get_executor());
  alarm.expires_at(deadline);
  const auto [order, notified, expired] = co_await asio::experimental::make_parallel_group(
                                              never_.async_wait(asio::deferred), alarm.async_wait(asio::deferred))
                                              .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  throw_if_cancelled(co_await asio::this_coro::cancellation_state);
  co_return order[0] == 0;
}

void Event::notify_all() { never_.cancel(); }

}  // namespace dwcp::platform
