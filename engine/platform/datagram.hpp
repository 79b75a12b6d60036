// An unreliable message socket (UDP).
#pragma once

#include <boost/asio/async_result.hpp>
#include <memory>

#include "engine/platform/buffers.hpp"
#include "engine/platform/endpoint.hpp"
#include "engine/platform/handler.hpp"

namespace dwcp::platform {

class DatagramBackend {
 public:
  virtual ~DatagramBackend() = default;
  virtual Executor executor() const = 0;
  // One message; what does not fit is cut off. `from` stays valid until completion.
  virtual void receive(ReadBuffers, Endpoint& from, Handler) = 0;
  virtual void send(WriteBuffers, const Endpoint& to, Handler) = 0;
  virtual Endpoint local() const = 0;
  virtual void close() = 0;
};

class Datagram {
 public:
  explicit Datagram(std::shared_ptr<DatagramBackend> backend) : backend_(std::move(backend)) {}
  template <class Buffers, class Token = asio::use_awaitable_t<>>
  auto async_receive(const Buffers& buffers, Endpoint& from, Token&& token = {}) {
    return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
        [](auto handler, DatagramBackend* backend, ReadBuffers list, Endpoint* sender) {
          backend->receive(list, *sender, Handler(std::move(handler), backend->executor()));
        },
        token, backend_.get(), ReadBuffers(buffers), &from);
  }
  template <class Buffers, class Token = asio::use_awaitable_t<>>
  auto async_send(const Buffers& buffers, const Endpoint& to, Token&& token = {}) {
    return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
        [](auto handler, DatagramBackend* backend, WriteBuffers list, Endpoint receiver) {
          backend->send(list, receiver, Handler(std::move(handler), backend->executor()));
        },
        token, backend_.get(), WriteBuffers(buffers), to);
  }
  Endpoint local() const { return backend_->local(); }
  void close() { backend_->close(); }

 private:
  std::shared_ptr<DatagramBackend> backend_;
};

}  // namespace dwcp::platform
