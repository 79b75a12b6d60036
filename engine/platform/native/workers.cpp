#include "engine/platform/native/workers.hpp"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <exception>

namespace dwcp::platform::native {
namespace {

// A cancellation slot belongs to its coroutine's executor: it is cleared there, never on a worker's thread, and never
// from within its own emission.
void resume(Handler done, ErrorCode error) {
  auto executor = done.get_executor();
  asio::post(executor, [handler = std::move(done), error]() mutable {
    auto slot = handler.get_cancellation_slot();
    if (slot.is_connected()) slot.clear();
    handler(error, 0);
  });
}

}  // namespace

Workers::Workers(unsigned threads, const char* name) : count_(std::max(1U, threads)) {
  threads_.reserve(count_);
  for (unsigned i = 0; i < count_; ++i) {
    threads_.emplace_back([this] { work(); });
    pthread_setname_np(threads_.back().native_handle(), name);
  }
}

Workers::~Workers() { stop(); }

Task<void> Workers::run(std::function<void()> job, Turn* turn) {
  std::exception_ptr failure;
  auto body = [&] {
    try {
      job();
    } catch (...) {
      failure = std::current_exception();
    }
  };
  const Executor fallback = co_await asio::this_coro::executor;
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(ErrorCode, std::size_t)>(
      [&](auto handler) { enqueue(body, turn, Handler(std::move(handler), fallback)); }, asio::use_awaitable);
  if (failure) std::rethrow_exception(failure);
}

void Workers::enqueue(std::function<void()> body, Turn* turn, Handler done) {
  auto slot = done.get_cancellation_slot();
  std::uint64_t id;
  {
    const std::scoped_lock guard(lock_);
    id = next_id_++;
  }
  // Before the job can begin: afterwards the handler may already have been resumed elsewhere.
  if (slot.is_connected()) slot.assign([this, id](asio::cancellation_type) { cancel(id); });
  {
    const std::scoped_lock guard(lock_);
    waiting_.push_back({id, std::move(body), turn, std::move(done)});
  }
  ready_.notify_one();
}

void Workers::cancel(std::uint64_t id) {
  Job job;
  {
    const std::scoped_lock guard(lock_);
    const auto it = std::ranges::find(waiting_, id, &Job::id);
    if (it == waiting_.end()) return;
    job = std::move(*it);
    waiting_.erase(it);
  }
  resume(std::move(job.done), asio::error::operation_aborted);
}

std::deque<Workers::Job>::iterator Workers::first_that_may_begin() {
  return std::ranges::find_if(waiting_, [](const Job& job) { return !job.turn || !job.turn->taken_; });
}

void Workers::work() {
  for (;;) {
    Job job;
    {
      std::unique_lock guard(lock_);
      ready_.wait(guard, [&] { return stopping_ || first_that_may_begin() != waiting_.end(); });
      if (stopping_) return;
      const auto next = first_that_may_begin();
      job = std::move(*next);
      waiting_.erase(next);
      if (job.turn) job.turn->taken_ = true;
    }
    job.body();
    if (job.turn) give_back(job.turn);
    resume(std::move(job.done), {});
  }
}

// This thread is going to take one of the jobs that wait; only a second one needs another thread.
void Workers::give_back(Turn* turn) {
  bool more = false;
  {
    const std::scoped_lock guard(lock_);
    turn->taken_ = false;
    more = waiting_.size() > 1;
  }
  if (more) ready_.notify_one();
}

void Workers::stop() {
  {
    const std::scoped_lock guard(lock_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
  waiting_.clear();
}

}  // namespace dwcp::platform::native
