#include "sim/fluid_stream.hpp"

#include <boost/asio/error.hpp>
#include <utility>

#include "sim/addresses.hpp"

namespace dwcp::sim {
namespace {

platform::Endpoint endpoint_of(const flow::Address& address) {
  return {boost::asio::ip::address_v4(address.ip), address.port};
}

}  // namespace

FluidStream::FluidStream(Context& context, Executor executor, std::shared_ptr<flow::Socket> socket)
    : Stream(context, std::move(executor), socket->options().bbr, socket->options().by_path),
      socket_(std::move(socket)) {
  local_ = endpoint_of(socket_->local());
  remote_ = endpoint_of(socket_->remote());
  socket_->set_owner(this);
  if (socket_->established()) choose_congestion(socket_->handshake_rtt());
}

FluidStream::~FluidStream() { destroy(); }

void FluidStream::connect(platform::Handler handler) {
  if (context_.dead()) return handler.drop();
  begin_connect(std::move(handler));
  socket_->connect();
}

void FluidStream::socket_readable() {
  try_read();
  if (socket_->at_end()) end_of_stream();
}

void FluidStream::socket_ended(flow::SocketEnd end) {
  switch (end) {
    case flow::SocketEnd::refused:
      return fail(asio::error::connection_refused);
    case flow::SocketEnd::timed_out:
      return fail(asio::error::timed_out);
    case flow::SocketEnd::reset:
      return fail(asio::error::connection_reset);
  }
}

std::size_t FluidStream::take(platform::ReadBuffers& buffers) {
  std::size_t count = 0;
  for (const auto& buffer : buffers) {
    const std::size_t n = socket_->read(static_cast<std::byte*>(buffer.data()), buffer.size());
    count += n;
    if (n < buffer.size()) break;
  }
  if (socket_->at_end()) note_end();
  return count;
}

std::size_t FluidStream::give(const platform::WriteBuffers& buffers) {
  std::size_t count = 0;
  for (const auto& buffer : buffers) {
    const std::size_t n = socket_->write(static_cast<const std::byte*>(buffer.data()), buffer.size());
    count += n;
    if (n < buffer.size()) break;
  }
  return count;
}

void FluidStream::let_go(bool reset) {
  socket_->set_owner(nullptr);
  if (reset)
    socket_->reset();
  else
    socket_->close();
}

void FluidStream::apply_congestion(platform::CongestionControl wanted, unsigned number) {
  const std::string name = to_string(local_) + " " + to_string(remote_) + " " + std::to_string(number);
  socket_->set_congestion(wanted, Random(socket_->options().seed, name)());
}

}  // namespace dwcp::sim
