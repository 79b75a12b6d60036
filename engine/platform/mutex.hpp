// Mutual exclusion between coroutines of one executor, across their suspensions.
#pragma once

#include "engine/platform/event.hpp"

namespace dwcp::platform {

class Mutex {
 public:
  Mutex(Platform& platform, Executor on) : released_(platform, on) {}

  class [[nodiscard]] Guard {
   public:
    explicit Guard(Mutex& mutex) : mutex_(&mutex) {}
    Guard(Guard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    Guard& operator=(Guard&&) = delete;
    ~Guard() {
      if (!mutex_) return;
      mutex_->held_ = false;
      mutex_->released_.notify_all();
    }

   private:
    Mutex* mutex_;
  };

  // The lock is held while the guard lives. Waiters are not served in order.
  Task<Guard> lock() {
    while (held_) co_await released_.wait();
    held_ = true;
    co_return Guard(*this);
  }

 private:
  Event released_;
  bool held_ = false;
};

}  // namespace dwcp::platform
