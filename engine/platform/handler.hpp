// A type-erased completion handler void(ErrorCode, std::size_t) that keeps its associated executor and cancellation
// slot, so that a Platform's operations can be virtual functions. (asio::any_completion_handler exists only from Boost
// 1.82 on.)
#pragma once

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

#include "engine/base/error.hpp"
#include "engine/platform/task.hpp"

namespace dwcp::platform {

class Handler {
 public:
  Handler() = default;
  template <class H>
  Handler(H handler, const Executor& fallback)
      : executor_(asio::get_associated_executor(handler, fallback)),
        slot_(asio::get_associated_cancellation_slot(handler)),
        target_(std::make_unique<Target<H>>(std::move(handler))) {}

  using executor_type = Executor;
  using cancellation_slot_type = asio::cancellation_slot;
  executor_type get_executor() const noexcept { return executor_; }
  cancellation_slot_type get_cancellation_slot() const noexcept { return slot_; }
  explicit operator bool() const { return target_ != nullptr; }

  // Calls the handler here and now: for Asio's own operations, which already run on the right executor.
  void operator()(ErrorCode error, std::size_t count = 0) {
    auto target = std::move(target_);
    target->invoke(error, count);
  }

  // Posts the completion to the handler's executor, never inline; the slot is cleared first, so that a late
  // cancellation finds nothing.
  void complete(ErrorCode error, std::size_t count = 0) {
    disconnect();
    auto executor = executor_;
    asio::post(executor, [target = std::move(target_), error, count]() mutable { target->invoke(error, count); });
  }

  // Destroys the handler, and with it the suspended coroutine, without calling it: the process has been killed.
  void drop() {
    disconnect();
    target_.reset();
  }

  // From here on a cancellation does not reach the operation.
  void disconnect() {
    if (slot_.is_connected()) slot_.clear();
    slot_ = {};
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void invoke(ErrorCode, std::size_t) = 0;
  };
  template <class H>
  struct Target final : Base {
    H handler;
    explicit Target(H&& h) : handler(std::move(h)) {}
    void invoke(ErrorCode error, std::size_t count) override {
      H local(std::move(handler));  // free the memory before the upcall, as Asio's own operations do
      local(error, count);
    }
  };

  Executor executor_;
  asio::cancellation_slot slot_;
  std::unique_ptr<Base> target_;
};

}  // namespace dwcp::platform
