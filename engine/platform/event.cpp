#include "engine/platform/event.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

namespace dwcp::platform {
namespace {

// A notification is the timer's cancellation; the coroutine's own cancellation must still surface as an exception.
Task<void> wait_for_notification(Timer& timer) {
  // Into a variable: g++ 12 compiles "std::ignore = co_await ..." to a trap.
  [[maybe_unused]] const auto ended = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace

Event::Event(Platform& platform, Executor on) : platform_(platform), never_(platform.timer(on)) {
  never_.expires_at(TimePoint::max());
}

Task<void> Event::wait() { co_await wait_for_notification(never_); }

Task<bool> Event::wait_until(TimePoint deadline) {
  using namespace asio::experimental::awaitable_operators;
  Timer alarm = platform_.timer(never_.get_executor());
  alarm.expires_at(deadline);
  const auto winner = co_await (wait_for_notification(never_) || alarm.async_wait(asio::use_awaitable));
  co_return winner.index() == 0;
}

void Event::notify_all() { never_.cancel(); }

}  // namespace dwcp::platform
