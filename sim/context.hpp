// One simulated process's thread of control: an Asio execution context whose run queue is drained by one ns-3 event.
// Everything runs in the order in which it was posted; nothing runs inline across processes.
//
// kill() ends the process as a crash does: queued functions and the handlers of pending operations are destroyed, and
// with them the suspended coroutines. Destructors that run then may close, cancel, post and destroy other objects of
// the same process: a dead context destroys what is posted to it, and an operation that was dropped stays dropped.
#pragma once

#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <cstdint>
#include <vector>

#include "engine/platform/task.hpp"
#include "sim/function.hpp"
#include "sim/run.hpp"

namespace dwcp::sim {

class Context;

// Something that holds handlers of a process (a stream, a timer): a node of the context's list, so that kill() finds it
// in a deterministic order. Registered as long as it lives.
class Operation {
 public:
  explicit Operation(Context& context);
  virtual ~Operation();
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  // kill() first disconnects the handlers of all operations from cancellation, while everything still lives: signals
  // and the handlers that they reach may belong to different coroutines.
  virtual void disconnect() = 0;
  // Then destroys the handlers without calling them and lets go of simulated resources. May destroy *this.
  virtual void abandon() = 0;

 protected:
  Context& context_;

 private:
  friend class Context;
  Operation* previous_ = nullptr;
  Operation* next_ = nullptr;
  bool linked_ = true;
};

class Context final : public asio::execution_context {
 public:
  // More handlers than this in one turn, at one virtual time, are a loop that never waits: a livelock.
  static constexpr std::uint64_t handlers_per_turn_max = 10'000'000;

  // `id` is the ns-3 node on which the process runs.
  Context(std::uint32_t id, Run& run);
  ~Context();

  class Executor;
  Executor executor();

  // When a handler of this very process calls it, it takes effect when that handler returns.
  void kill();
  bool dead() const { return dead_; }
  std::uint32_t id() const { return id_; }
  Run& run() { return run_; }
  // True when someone made a real timer or socket on this context: a mistake, it would run in wall-clock time.
  bool uses_reactor();

 private:
  friend class Operation;
  template <class F>
  void post(F&& f) {
    if (dead_) return;
    ready_.emplace_back(std::forward<F>(f));
    if (!armed_) arm();
  }
  void arm();
  void turn();
  void run_all();
  void die();

  const std::uint32_t id_;
  Run& run_;
  std::vector<Function> ready_;
  std::vector<Function> batch_;  // being run
  std::size_t next_ = 0;         // of the batch
  Operation* operations_ = nullptr;
  bool armed_ = false;
  bool running_ = false;
  bool dying_ = false;
  bool dead_ = false;
};

// The minimum that asio::any_io_executor asks for.
class Context::Executor {
 public:
  explicit Executor(Context* context, bool inline_allowed = false)
      : context_(context), inline_allowed_(inline_allowed) {}

  Context& query(asio::execution::context_t) const noexcept { return *context_; }
  asio::execution::blocking_t query(asio::execution::blocking_t) const noexcept {
    if (inline_allowed_) return asio::execution::blocking.possibly;
    return asio::execution::blocking.never;
  }
  Executor require(asio::execution::blocking_t::never_t) const { return Executor(context_, false); }
  Executor require(asio::execution::blocking_t::possibly_t) const { return Executor(context_, true); }

  template <class F>
  void execute(F&& f) const {
    if (inline_allowed_ && context_->running_) {
      std::decay_t<F> local(std::forward<F>(f));
      local();
    } else {
      context_->post(std::forward<F>(f));
    }
  }
  friend bool operator==(const Executor&, const Executor&) noexcept = default;

 private:
  Context* context_;
  bool inline_allowed_;
};

// dispatch() runs inline, as on an io_context: Asio's cancellation of a spawned coroutine is a dispatch that refers to
// the spawner's memory, which a posted one would outlive.
inline Context::Executor Context::executor() { return Executor(this, true); }

}  // namespace dwcp::sim
