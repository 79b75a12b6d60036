#include "sim/listener.hpp"

#include <boost/asio/error.hpp>
#include <utility>

#include "sim/cancel.hpp"

namespace dwcp::sim {

void Listener::add(std::shared_ptr<Stream> stream) {
  inbox_->ready.push_back(std::move(stream));
  if (inbox_->waiting) std::exchange(inbox_->waiting, {}).complete({});
}

Task<platform::Stream> Listener::accept(Executor lane) { return next(inbox_, executor_, std::move(lane)); }

Task<platform::Stream> Listener::next(std::shared_ptr<Inbox> inbox, Executor executor, Executor lane) {
  if (inbox->waiting) throw Error(Errc::internal, "a second accept() while one waits");
  while (inbox->ready.empty()) {
    if (inbox->closed) throw boost::system::system_error(asio::error::operation_aborted, "accept on a closed listener");
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void(ErrorCode, std::size_t)>(
        [&inbox, &executor](auto handler) {
          inbox->waiting = platform::Handler(std::move(handler), executor);
          on_cancel(inbox->waiting, [inbox = inbox.get()] {
            std::exchange(inbox->waiting, {}).complete(asio::error::operation_aborted);
          });
        },
        asio::use_awaitable);
  }
  auto stream = std::move(inbox->ready.front());
  inbox->ready.pop_front();
  stream->set_executor(std::move(lane));
  co_return platform::Stream(std::move(stream));
}

void Listener::close() {
  if (std::exchange(inbox_->closed, true)) return;
  stop();
  inbox_->ready.clear();
  if (inbox_->waiting) std::exchange(inbox_->waiting, {}).complete(asio::error::operation_aborted);
}

void Listener::abandon() {
  const auto inbox = inbox_;
  if (std::exchange(inbox->closed, true)) return;
  stop();
  std::exchange(inbox->waiting, {}).drop();
}

}  // namespace dwcp::sim
