#include "engine/platform/native/udp.hpp"

#include <boost/asio/ip/udp.hpp>

namespace dwcp::platform::native {
namespace {

using asio::ip::udp;

// Tells the sender's address in the port's terms, then completes. Keeps the caller's executor and cancellation slot.
struct ReceiveDone {
  Handler done;
  std::shared_ptr<udp::endpoint> sender;
  Endpoint* from;

  using executor_type = Executor;
  using cancellation_slot_type = asio::cancellation_slot;
  executor_type get_executor() const noexcept { return done.get_executor(); }
  cancellation_slot_type get_cancellation_slot() const noexcept { return done.get_cancellation_slot(); }
  void operator()(ErrorCode error, std::size_t count) {
    if (!error) *from = {sender->address(), sender->port()};
    done(error, count);
  }
};

class UdpSocket final : public DatagramBackend {
 public:
  UdpSocket(const Endpoint& at, const Executor& on) : executor_(on), socket_(on, udp::endpoint(at.address, at.port)) {}
  Executor executor() const override { return executor_; }
  void receive(ReadBuffers into, Endpoint& from, Handler handler) override {
    auto sender = std::make_shared<udp::endpoint>();
    auto& where = *sender;
    socket_.async_receive_from(into, where, ReceiveDone{std::move(handler), std::move(sender), &from});
  }
  void send(WriteBuffers message, const Endpoint& to, Handler handler) override {
    socket_.async_send_to(message, udp::endpoint(to.address, to.port), std::move(handler));
  }
  Endpoint local() const override {
    ErrorCode ignored;
    const udp::endpoint e = socket_.local_endpoint(ignored);
    return {e.address(), e.port()};
  }
  void close() override {
    ErrorCode ignored;
    socket_.close(ignored);
  }

 private:
  const Executor executor_;
  udp::socket socket_;
};

}  // namespace

Datagram open_udp(const Endpoint& at, const Executor& on) { return Datagram(std::make_shared<UdpSocket>(at, on)); }

}  // namespace dwcp::platform::native
