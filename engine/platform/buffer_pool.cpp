#include "engine/platform/buffer_pool.hpp"

#include <boost/asio/post.hpp>

#include "engine/platform/memory_budget.hpp"

namespace dwcp::platform {

// Blocks come back on any thread: the free list has a lock of its own, the waiters are woken on the pool's executor.
struct BufferPool::Shared : std::enable_shared_from_this<Shared> {
  Shared(Platform& p, Executor e, Bytes b, Bytes budget)
      : platform(p), executor(e), block(b), capacity(std::max<std::size_t>(1, budget.value / b.value)), room(p, e) {}

  std::unique_ptr<std::byte[]> take() {
    const bool short_now = !may_grow(block, platform.memory_available());
    const std::scoped_lock guard(lock);
    is_short = short_now;
    while (is_short && !free.empty() && out + free.size() > blocks_least) free.pop_back();
    if (out >= (is_short ? std::min(capacity, blocks_least) : capacity)) return nullptr;
    ++out;
    if (free.empty()) return std::make_unique_for_overwrite<std::byte[]>(block.value);
    auto memory = std::move(free.back());
    free.pop_back();
    return memory;
  }
  void give_back(std::unique_ptr<std::byte[]> memory) {
    bool wake;
    {
      const std::scoped_lock guard(lock);
      --out;
      if (!is_short || out + free.size() < blocks_least) free.push_back(std::move(memory));
      wake = waiting > 0;
    }
    if (wake)
      asio::post(executor, [weak = weak_from_this()] {
        if (auto self = weak.lock()) self->room.notify_all();
      });
  }

  Platform& platform;  // of whoever takes: blocks may come back when it is gone
  const Executor executor;
  const Bytes block;
  const std::size_t capacity;
  Event room;
  mutable std::mutex lock;
  std::vector<std::unique_ptr<std::byte[]>> free;
  std::size_t out = 0;
  std::size_t waiting = 0;
  bool is_short = false;  // the host of memory, when a block was last asked for
};

BufferPool::BufferPool(Platform& platform, Executor on, Bytes block, Bytes budget)
    : shared_(std::make_shared<Shared>(platform, on, block, budget)) {}

Buffer BufferPool::try_acquire() {
  auto memory = shared_->take();
  if (!memory) return {};
  Buffer buffer;
  buffer.bytes_ = {memory.get(), shared_->block.value};
  buffer.owner_ = std::shared_ptr<void>(memory.release(), [shared = shared_](void* block) {
    shared->give_back(std::unique_ptr<std::byte[]>(static_cast<std::byte*>(block)));
  });
  return buffer;
}

Task<Buffer> BufferPool::acquire() {
  auto shared = shared_;
  for (;;) {
    {
      const std::scoped_lock guard(shared->lock);
      ++shared->waiting;  // announced before the try, so that a release in between posts a wake-up
    }
    const auto leave = std::shared_ptr<void>(nullptr, [&](void*) {
      const std::scoped_lock guard(shared->lock);
      --shared->waiting;
    });
    if (Buffer buffer = try_acquire()) co_return buffer;
    co_await shared->room.wait();
  }
}

Bytes BufferPool::block() const { return shared_->block; }
std::size_t BufferPool::capacity() const { return shared_->capacity; }
Bytes BufferPool::in_use() const {
  const std::scoped_lock guard(shared_->lock);
  return shared_->block * shared_->out;
}

}  // namespace dwcp::platform
