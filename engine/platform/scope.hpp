// Structured concurrency: a scope starts children, cancels them, and waits for them. Nothing is detached elsewhere.
#pragma once

#include <exception>
#include <functional>
#include <memory>

#include "engine/platform/event.hpp"

namespace dwcp::platform {

class Scope {
 public:
  // `on_failure` is called on the scope's executor with the first exception that a child let escape, other than its own
  // cancellation; the scope then cancels the others.
  Scope(Platform& platform, Executor on, std::function<void(std::exception_ptr)> on_failure = {});
  // Cancels what still runs. A scope that is to end in order is joined first.
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  // Starts `task` on `executor` (the scope's own by default). After cancel(), new children are not started.
  void spawn(Task<void> task);
  void spawn(Executor executor, Task<void> task);
  // Asks every child to stop: their pending operations end with operation_aborted.
  void cancel();
  bool cancelled() const;
  // Returns when no child is left; rethrows the first failure.
  Task<void> join();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Runs `body` as the first child of a scope of its own and returns when it and every child that it spawned have ended.
// A failure of any of them, or the caller's own cancellation, cancels the others; it is rethrown after all have ended,
// so that what the children refer to may live in the caller's frame. (A kill destroys frames in no order: what a
// child's destructors touch is to be shared with it.)
Task<void> in_scope(Platform& platform, std::function<Task<void>(Scope&)> body);

}  // namespace dwcp::platform
