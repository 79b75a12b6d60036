#include "engine/amst/receive_memory.hpp"

#include <algorithm>
#include <bit>

namespace dwcp::amst {
namespace {

constexpr std::size_t block_min = 4096;

// Up to an eighth more than asked for, so that chunks of nearly one size share their blocks.
std::size_t rounded(std::size_t size) {
  const std::size_t step = std::max<std::size_t>(block_min, std::bit_floor(size) / 8);
  return (size + step - 1) / step * step;
}

}  // namespace

ReceiveMemory::ReceiveMemory(Bytes keep_max) : pool_(std::make_shared<Pool>(keep_max)) {}

ReceiveMemory::Block ReceiveMemory::take(std::size_t size) {
  const std::size_t whole = rounded(size);
  std::unique_ptr<std::byte[]> block;
  {
    const std::lock_guard lock(pool_->mutex);
    const auto found = pool_->free.find(whole);
    if (found != pool_->free.end()) {
      block = std::move(found->second.back());
      found->second.pop_back();
      if (found->second.empty()) pool_->free.erase(found);
      pool_->kept -= whole;
    }
  }
  if (!block) block = std::make_unique_for_overwrite<std::byte[]>(whole);
  std::byte* const bytes = block.release();
  Block result;
  result.bytes = MutableByteSpan(bytes, size);
  result.owner = std::shared_ptr<void>(bytes, [pool = pool_, whole](void* p) {
    pool->put_back(std::unique_ptr<std::byte[]>(static_cast<std::byte*>(p)), whole);
  });
  return result;
}

void ReceiveMemory::Pool::put_back(std::unique_ptr<std::byte[]> block, std::size_t size) {
  decltype(free) dropped;  // freed outside the lock
  const std::lock_guard lock(mutex);
  if (size > keep_max) return;
  // Blocks of a size that nobody asks for any more must not keep the others out.
  if (kept + size > keep_max) {
    dropped.swap(free);
    kept = 0;
  }
  free[size].push_back(std::move(block));
  kept += size;
}

Bytes ReceiveMemory::kept() const {
  const std::lock_guard lock(pool_->mutex);
  return Bytes(pool_->kept);
}

}  // namespace dwcp::amst
