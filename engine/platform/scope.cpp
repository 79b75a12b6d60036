#include "engine/platform/scope.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <list>

namespace dwcp::platform {
namespace {

bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

struct Scope::State {
  State(Platform& platform, Executor e, std::function<void(std::exception_ptr)> callback)
      : executor(e), on_failure(std::move(callback)), child_ended(platform, e) {}

  // A signal is emitted on the child's own executor, and lives until that is done: the child may end, and be erased
  // here, before its executor comes to it.
  struct Child {
    Executor executor;
    std::shared_ptr<asio::cancellation_signal> signal = std::make_shared<asio::cancellation_signal>();
    void cancel() const {
      asio::dispatch(executor, [kept = signal] { kept->emit(asio::cancellation_type::terminal); });
    }
  };
  using Children = std::list<Child>;

  void cancel() {
    cancelled = true;
    // A child that ends at once erases its own entry: take the next before emitting.
    for (auto it = children.begin(); it != children.end();) (it++)->cancel();
  }
  void ended(Children::iterator child, const std::exception_ptr& failure) {
    children.erase(child);
    if (failure && !(cancelled && is_cancellation(failure)) && !first_failure) {
      first_failure = failure;
      cancel();
      if (on_failure) on_failure(failure);
    }
    child_ended.notify_all();
  }

  Executor executor;
  std::function<void(std::exception_ptr)> on_failure;
  Event child_ended;
  Children children;
  std::exception_ptr first_failure;
  bool cancelled = false;
};

Scope::Scope(Platform& platform, Executor on, std::function<void(std::exception_ptr)> on_failure)
    : state_(std::make_shared<State>(platform, on, std::move(on_failure))) {}

Scope::~Scope() {
  state_->on_failure = nullptr;
  state_->cancel();
}

void Scope::spawn(Task<void> task) { spawn(state_->executor, std::move(task)); }

void Scope::spawn(Executor executor, Task<void> task) {
  if (state_->cancelled) return;
  const auto child = state_->children.insert(state_->children.end(), State::Child{executor});
  auto done = [state = state_, child](const std::exception_ptr& failure) { state->ended(child, failure); };
  asio::co_spawn(
      executor, shielded(std::move(task)),
      asio::bind_cancellation_slot(child->signal->slot(), asio::bind_executor(state_->executor, std::move(done))));
}

void Scope::cancel() { state_->cancel(); }

bool Scope::cancelled() const { return state_->cancelled; }

Task<void> Scope::join() {
  auto state = state_;
  while (!state->children.empty()) co_await state->child_ended.wait();
  if (state->first_failure) std::rethrow_exception(state->first_failure);
}

Task<void> in_scope(Platform& platform, std::function<Task<void>(Scope&)> body) {
  Scope scope(platform, co_await asio::this_coro::executor);
  scope.spawn(body(scope));
  std::exception_ptr failure;
  try {
    co_await scope.join();
    co_return;
  } catch (...) {
    failure = std::current_exception();
  }
  // The children must end before the failure goes on, even when it is this coroutine that was cancelled.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  scope.cancel();
  try {
    co_await scope.join();
  } catch (...) {
    // The first failure is the one that is told.
  }
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  std::rethrow_exception(failure);
}

}  // namespace dwcp::platform
