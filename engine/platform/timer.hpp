// A one-shot timer on the Platform's clock, on one executor.
#pragma once

#include <boost/asio/async_result.hpp>
#include <memory>

#include "engine/base/units.hpp"
#include "engine/platform/handler.hpp"

namespace dwcp::platform {

class TimerBackend {
 public:
  virtual ~TimerBackend() = default;
  virtual Executor executor() const = 0;
  virtual void expires_at(TimePoint) = 0;  // cancels the waits
  virtual void wait(Handler) = 0;          // several may wait at once; they complete in order
  virtual void cancel() = 0;               // waits end with operation_aborted
};

class Timer {
 public:
  explicit Timer(std::unique_ptr<TimerBackend> backend) : backend_(std::move(backend)) {}

  // A time in the past expires at once; TimePoint::max() never does.
  void expires_at(TimePoint t) { backend_->expires_at(t); }
  void cancel() { backend_->cancel(); }
  Executor get_executor() const { return backend_->executor(); }

  // Completes with {} on expiry, operation_aborted on cancel.
  template <class Token = asio::use_awaitable_t<>>
  auto async_wait(Token&& token = {}) {
    return asio::async_initiate<Token, void(ErrorCode)>(
        [](auto handler, TimerBackend* backend) {
          auto executor = asio::get_associated_executor(handler, backend->executor());
          auto slot = asio::get_associated_cancellation_slot(handler);
          backend->wait(Handler(Adapter<decltype(handler)>{std::move(handler), executor, slot}, executor));
        },
        token, backend_.get());
  }

 private:
  // Drops the byte count, keeps the associations.
  template <class H>
  struct Adapter {
    H handler;
    Executor executor;
    asio::cancellation_slot slot;
    using executor_type = Executor;
    using cancellation_slot_type = asio::cancellation_slot;
    executor_type get_executor() const noexcept { return executor; }
    cancellation_slot_type get_cancellation_slot() const noexcept { return slot; }
    void operator()(ErrorCode error, std::size_t) { std::move(handler)(error); }
  };
  std::unique_ptr<TimerBackend> backend_;
};

}  // namespace dwcp::platform
