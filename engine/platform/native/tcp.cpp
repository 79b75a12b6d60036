#include "engine/platform/native/tcp.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>

#include "engine/platform/native/tcp_tuning.hpp"

namespace dwcp::platform::native {
namespace {

using asio::ip::tcp;

Endpoint from_asio(const tcp::endpoint& e) { return {e.address(), e.port()}; }
tcp::endpoint to_asio(const Endpoint& e) { return {e.address, e.port}; }

// The code without the place in Asio's sources that comes with it: users read these.
Error named(const ErrorCode& code, const std::string& what) {
  return Error(Failure(ErrorCode(code.value(), code.category()), what));
}

class TcpStream final : public StreamBackend {
 public:
  // The addresses are taken now: a socket that was reset does not know them any more.
  explicit TcpStream(tcp::socket socket) : executor_(socket.get_executor()), socket_(std::move(socket)) {
    ErrorCode ignored;
    local_ = from_asio(socket_.local_endpoint(ignored));
    remote_ = from_asio(socket_.remote_endpoint(ignored));
  }
  Executor executor() const override { return executor_; }
  void read_some(ReadBuffers into, Handler handler) override { socket_.async_read_some(into, std::move(handler)); }
  void write_some(WriteBuffers from, Handler handler) override { socket_.async_write_some(from, std::move(handler)); }
  void set_receive_low_water(std::size_t bytes) override {
    if (bytes == low_water_) return;
    low_water_ = bytes;
    ErrorCode ignored;  // a hint; what is wrong with the socket, the read says
    socket_.set_option(asio::socket_base::receive_low_watermark(static_cast<int>(bytes)), ignored);
  }
  void shutdown_send() override {
    ErrorCode ignored;  // a connection that is gone has nothing left to end
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }
  void close() override {
    ErrorCode ignored;
    socket_.close(ignored);
  }
  void set_congestion(CongestionControl wanted) override {
    if (wanted != CongestionControl::by_path && socket_.is_open())
      set_congestion_control(socket_.native_handle(), wanted);
  }
  Endpoint local() const override { return local_; }
  Endpoint remote() const override { return remote_; }
  PathSample path_sample() const override {
    return socket_.is_open() ? sample_path(socket_.native_handle()) : PathSample{};
  }

 private:
  const Executor executor_;
  mutable tcp::socket socket_;  // native_handle() is not const, and changes nothing
  Endpoint local_, remote_;
  std::size_t low_water_ = 1;  // the kernel's default
};

class TcpListener final : public Listener {
 public:
  TcpListener(const Endpoint& at, StreamOptions options, const Executor& control)
      : options_(options), acceptor_(control) {
    const tcp::endpoint endpoint = to_asio(at);
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    // Buffer sizes and congestion control are inherited by accepted sockets; the window scale is fixed in the
    // handshake, which is over before accept() returns.
    tune(acceptor_.native_handle(), options_);
    ErrorCode error;
    acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) throw named(error, "listening on " + to_string(at));
    local_ = from_asio(acceptor_.local_endpoint());
  }
  Task<Stream> accept(Executor lane) override {
    tcp::socket socket = co_await acceptor_.async_accept(lane, asio::use_awaitable);
    tune(socket.native_handle(), options_);  // now also by the path
    co_return Stream(std::make_shared<TcpStream>(std::move(socket)));
  }
  Endpoint local() const override { return local_; }
  void close() override {
    ErrorCode ignored;
    acceptor_.close(ignored);
  }

 private:
  const StreamOptions options_;
  tcp::acceptor acceptor_;
  Endpoint local_;
};

}  // namespace

Task<Stream> connect_tcp(Endpoint to, StreamOptions options, Executor lane) {
  const tcp::endpoint endpoint = to_asio(to);
  tcp::socket socket(lane, endpoint.protocol());
  tune(socket.native_handle(), options);  // before the handshake, which fixes the window scale
  ErrorCode error;
  co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
  if (error) throw named(error, "connecting to " + to_string(to));
  set_congestion_control(socket.native_handle(), options.congestion);
  co_return Stream(std::make_shared<TcpStream>(std::move(socket)));
}

std::unique_ptr<Listener> listen_tcp(const Endpoint& at, StreamOptions options, const Executor& control) {
  return std::make_unique<TcpListener>(at, options, control);
}

}  // namespace dwcp::platform::native
