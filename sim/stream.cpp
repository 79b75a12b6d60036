#include "sim/stream.hpp"

#include <boost/asio/error.hpp>
#include <utility>

#include "sim/cancel.hpp"
#include "sim/tcp/options.hpp"

namespace dwcp::sim {
namespace {

void finish(platform::Handler& handler, ErrorCode error, std::size_t count = 0) {
  if (handler) std::exchange(handler, {}).complete(error, count);
}

}  // namespace

void Stream::begin_connect(platform::Handler handler) {
  connect_ = std::move(handler);
  on_cancel(connect_, [this] { fail(asio::error::operation_aborted); });
}

void Stream::connected(Duration handshake_rtt) {
  choose_congestion(handshake_rtt);
  finish(connect_, {});
}

void Stream::choose_congestion(Duration handshake_rtt) {
  if (by_path_ && bbr_offered_ && handshake_rtt >= platform::far_rtt) set_congestion(platform::CongestionControl::bbr);
}

void Stream::set_congestion(platform::CongestionControl wanted) {
  if (closed_ || wanted == platform::CongestionControl::platform_default ||
      wanted == platform::CongestionControl::by_path)
    return;
  check_offers(wanted, bbr_offered_);
  apply_congestion(wanted, ++changes_);
}

void Stream::fail(ErrorCode error) {
  if (!error_) error_ = error;
  finish(connect_, error);
  finish(read_, error);
  finish(write_, error);
}

void Stream::read_some(platform::ReadBuffers buffers, platform::Handler handler) {
  if (context_.dead()) return handler.drop();
  if (closed_) return handler.complete(asio::error::bad_descriptor);
  if (read_) return handler.complete(asio::error::already_started);
  read_buffers_ = buffers;
  read_ = std::move(handler);
  on_cancel(read_, [this] { finish(read_, asio::error::operation_aborted); });
  try_read();
}

void Stream::try_read() {
  if (!read_) return;
  if (const std::size_t count = take(read_buffers_)) {
    finish(read_, {}, count);
  } else if (error_) {
    finish(read_, error_);
  } else if (end_of_stream_) {
    finish(read_, asio::error::eof);
  }
}

void Stream::end_of_stream() {
  end_of_stream_ = true;
  try_read();
}

void Stream::write_some(platform::WriteBuffers buffers, platform::Handler handler) {
  if (context_.dead()) return handler.drop();
  if (closed_) return handler.complete(asio::error::bad_descriptor);
  if (shut_down_) return handler.complete(asio::error::shut_down);
  if (write_) return handler.complete(asio::error::already_started);
  write_buffers_ = buffers;
  write_ = std::move(handler);
  on_cancel(write_, [this] { finish(write_, asio::error::operation_aborted); });
  try_write();
}

void Stream::try_write() {
  if (!write_) return;
  if (error_) return finish(write_, error_);
  if (const std::size_t count = give(write_buffers_)) finish(write_, {}, count);
}

void Stream::shutdown_send() {
  if (closed_ || error_ || std::exchange(shut_down_, true)) return;
  end_sending();
}

void Stream::close() {
  if (std::exchange(closed_, true)) return;
  let_go(false);
  fail(asio::error::operation_aborted);
}

void Stream::abandon() {
  if (!std::exchange(closed_, true)) let_go(true);
  // Local: dropping a handler may destroy this object.
  platform::Handler handlers[] = {std::exchange(connect_, {}), std::exchange(read_, {}), std::exchange(write_, {})};
  for (auto& handler : handlers) handler.drop();
}

void Stream::disconnect() {
  for (auto* handler : {&connect_, &read_, &write_}) handler->disconnect();
}

}  // namespace dwcp::sim
