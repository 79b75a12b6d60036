#include "engine/platform/native/rdma/memory_pool.hpp"

#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/base/error.hpp"

namespace dwcp::platform::native::rdma {
namespace {

// Rounded up to whole pages. Precondition: size <= registered_max.
Bytes whole_pages(Bytes size) { return Bytes((size.value + page_size.value - 1) / page_size.value * page_size.value); }

MutableByteSpan map_memory(Bytes size) {
  void* const at = ::mmap(nullptr, size.value, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED)
    throw Error(Errc::out_of_budget, to_string(size) + " of memory for RDMA: " + std::strerror(errno));
  // A child would get copies of the pages, or the device would write into pages that this process has no more.
  ::madvise(at, size.value, MADV_DONTFORK);
  return {static_cast<std::byte*>(at), static_cast<std::size_t>(size.value)};
}

std::string locked_memory_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return "unknown";
  return limit.rlim_cur == RLIM_INFINITY ? "unlimited" : to_string(Bytes(limit.rlim_cur));
}

}  // namespace

MemoryPool::Block& MemoryPool::Block::operator=(Block&& other) noexcept {
  std::swap(pool_, other.pool_);
  std::swap(memory_, other.memory_);
  std::swap(access_, other.access_);
  std::swap(keys_, other.keys_);
  return *this;
}

void MemoryPool::Block::give_back() {
  if (MemoryPool* const pool = std::exchange(pool_, nullptr)) pool->put(*this);
  memory_ = {};
}

MemoryPool::~MemoryPool() {
  for (const Block& block : kept_) unregister(block);
}

MemoryPool::Block MemoryPool::take(Bytes size, Access access) {
  const std::lock_guard hold(lock_);
  const auto refused = [&](const std::string& why) {
    return Error(Errc::out_of_budget, to_string(size) + " of memory for RDMA on " + device_ + ": " + why);
  };
  const std::string used = to_string(registered_ - kept_bytes_);
  if (size > registered_max || whole_pages(size) > registered_max - (registered_ - kept_bytes_))
    throw refused(used + " are in use, and " + to_string(registered_max) + " are the most");
  const Bytes wanted = whole_pages(size);
  // The smallest that holds it, unless more than half would be wasted.
  auto best = kept_.end();
  for (auto it = kept_.begin(); it != kept_.end(); ++it) {
    const std::size_t have = it->memory_.size();
    if (it->access_ != access || have < wanted.value || have > 2 * wanted.value) continue;
    if (best == kept_.end() || have < best->memory_.size()) best = it;
  }
  Block block;
  if (best != kept_.end()) {
    block = std::move(*best);
    kept_.erase(best);
    kept_bytes_ -= Bytes(block.memory_.size());
    block.pool_ = this;
    return block;
  }
  while (registered_ + wanted > registered_max) release_oldest();
  block.memory_ = map_memory(wanted);
  block.access_ = access;
  int error = registrar_.add(block.memory_, access, block.keys_);
  while (error == ENOMEM && !kept_.empty()) {
    release_oldest();
    error = registrar_.add(block.memory_, access, block.keys_);
  }
  if (error != 0) {
    ::munmap(block.memory_.data(), block.memory_.size());
    throw refused(std::string(std::strerror(error)) + "; the limit on locked memory (RLIMIT_MEMLOCK, ulimit -l) is " +
                  locked_memory_limit() + ", and " + used + " are in use for RDMA there");
  }
  registered_ += wanted;
  block.pool_ = this;
  return block;
}

void MemoryPool::put(Block& block) {
  const std::lock_guard hold(lock_);
  const Bytes size(block.memory_.size());
  if (size > kept_max) {
    unregister(block);
    registered_ -= size;
    return;
  }
  while (kept_bytes_ + size > kept_max) release_oldest();
  kept_.push_back(std::move(block));
  kept_bytes_ += size;
}

// Precondition: one is kept.
void MemoryPool::release_oldest() {
  const Bytes size(kept_.front().memory_.size());
  unregister(kept_.front());
  kept_.erase(kept_.begin());
  kept_bytes_ -= size;
  registered_ -= size;
}

void MemoryPool::unregister(const Block& block) {
  registrar_.remove(block.keys_);
  ::munmap(block.memory_.data(), block.memory_.size());
}

Bytes MemoryPool::registered() const {
  const std::lock_guard hold(lock_);
  return registered_;
}

Bytes MemoryPool::kept() const {
  const std::lock_guard hold(lock_);
  return kept_bytes_;
}

}  // namespace dwcp::platform::native::rdma
