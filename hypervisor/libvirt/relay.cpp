#include "hypervisor/libvirt/relay.hpp"

#include <boost/asio/basic_stream_socket.hpp>

#include "engine/platform/scope.hpp"

namespace dwcp::libvirt {
namespace {

constexpr std::size_t buffer_size = 256 * 1024;
constexpr std::byte announcement{1};

}  // namespace

Task<void> alone(platform::Platform& platform, std::string what, Task<void> task) {
  try {
    co_await std::move(task);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) co_return;
    platform.record("libvirt.task_ended", {{"task", what}, {"reason", error.what()}});
  }
}

Task<void> announce(migration::Pipe& pipe) {
  const ByteVector byte(1, announcement);
  co_await pipe.write(byte);
}

Task<void> take_announcement(migration::Pipe& pipe) {
  ByteVector byte(1);
  const std::size_t count = co_await pipe.read_some(byte);
  if (count != 1 || byte[0] != announcement)
    throw Error(Errc::protocol_error, "a pipe of the peer's hypervisor does not begin with its announcement");
}

Task<void> socket_to_pipe(std::shared_ptr<Socket> socket, std::shared_ptr<migration::Pipe> pipe) {
  ByteVector buffer(buffer_size);
  for (;;) {
    const std::size_t count = co_await read_some(*socket, buffer);
    if (count == 0) break;
    co_await pipe->write(ByteSpan(buffer).first(count));
  }
  co_await pipe->end();
}

Task<void> pipe_to_socket(std::shared_ptr<migration::Pipe> pipe, std::shared_ptr<Socket> socket) {
  ByteVector buffer(buffer_size);
  bool broken = false;
  for (;;) {
    const std::size_t count = co_await pipe->read_some(buffer);
    if (count == 0) break;
    if (broken) continue;
    try {
      co_await write_all(*socket, ByteSpan(buffer).first(count));
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      broken = true;
    }
  }
  ErrorCode ignored;
  socket->shutdown(Socket::shutdown_send, ignored);
}

Task<void> relay(platform::Platform& platform, std::shared_ptr<Socket> socket, std::shared_ptr<migration::Pipe> pipe) {
  std::function<Task<void>(platform::Scope&)> body = [&](platform::Scope& scope) -> Task<void> {
    scope.spawn(socket_to_pipe(socket, pipe));
    co_await pipe_to_socket(pipe, socket);
  };
  co_await platform::in_scope(platform, std::move(body));
}

}  // namespace dwcp::libvirt
