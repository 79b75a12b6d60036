// UNIX sockets between QEMU, libvirt and the agent. On the control executor.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <memory>

#include "engine/platform/platform.hpp"

namespace dwcp::libvirt {

using Socket = asio::basic_stream_socket<asio::local::stream_protocol, Executor>;

// Listens at a path. The file is removed before, and with the object.
class SocketListener {
 public:
  SocketListener(platform::Platform& platform, std::filesystem::path path);
  ~SocketListener();
  Task<std::shared_ptr<Socket>> accept();
  // Who waits in accept() gets operation_aborted.
  void close();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  asio::basic_socket_acceptor<asio::local::stream_protocol, Executor> acceptor_;
};

// Throws Error(unreachable) when nobody listens there yet after `patience`.
Task<std::shared_ptr<Socket>> connect_socket(platform::Platform& platform, std::filesystem::path path,
                                             Duration patience);

// 0 at the end, also when the peer was killed.
Task<std::size_t> read_some(Socket& socket, MutableByteSpan into);
Task<void> write_all(Socket& socket, ByteSpan bytes);

}  // namespace dwcp::libvirt
