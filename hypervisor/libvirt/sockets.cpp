#include "hypervisor/libvirt/sockets.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "engine/platform/deadline.hpp"

namespace dwcp::libvirt {
namespace {

constexpr Duration retry_every = std::chrono::milliseconds(10);
constexpr int backlog = 64;

}  // namespace

SocketListener::SocketListener(platform::Platform& platform, std::filesystem::path path)
    : path_(std::move(path)), acceptor_(platform.control()) {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
  try {
    acceptor_.open(asio::local::stream_protocol());
    acceptor_.bind(asio::local::stream_protocol::endpoint(path_.string()));
    acceptor_.listen(backlog);
    // QEMU runs as a user of its own.
    std::filesystem::permissions(path_, std::filesystem::perms(0666));
  } catch (const std::exception& error) {
    throw Error(Errc::hypervisor_failed, "the socket " + path_.string() + ": " + error.what());
  }
}

SocketListener::~SocketListener() { close(); }

void SocketListener::close() {
  ErrorCode ignored;
  acceptor_.close(ignored);
  std::error_code also_ignored;
  std::filesystem::remove(path_, also_ignored);
}

Task<std::shared_ptr<Socket>> SocketListener::accept() {
  auto socket = std::make_shared<Socket>(acceptor_.get_executor());
  co_await acceptor_.async_accept(*socket, asio::use_awaitable);
  co_return socket;
}

Task<std::shared_ptr<Socket>> connect_socket(platform::Platform& platform, std::filesystem::path path,
                                             Duration patience) {
  const TimePoint deadline = platform.now() + patience;
  for (;;) {
    auto socket = std::make_shared<Socket>(platform.control());
    ErrorCode error;
    co_await socket->async_connect(asio::local::stream_protocol::endpoint(path.string()),
                                   asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_return socket;
    if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
    if (platform.now() >= deadline)
      throw Error(Errc::unreachable, "the socket " + path.string() + ": " + error.message());
    co_await platform::sleep_for(platform, retry_every);
  }
}

Task<std::size_t> read_some(Socket& socket, MutableByteSpan into) {
  ErrorCode error;
  const std::size_t count = co_await socket.async_read_some(asio::buffer(into.data(), into.size()),
                                                            asio::redirect_error(asio::use_awaitable, error));
  if (error == asio::error::eof || error == asio::error::connection_reset) co_return 0;
  if (error) throw boost::system::system_error(error);
  co_return count;
}

Task<void> write_all(Socket& socket, ByteSpan bytes) {
  co_await asio::async_write(socket, asio::buffer(bytes.data(), bytes.size()), asio::use_awaitable);
}

}  // namespace dwcp::libvirt
