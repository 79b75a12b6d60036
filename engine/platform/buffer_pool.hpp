// A budget of memory for bulk data. Back-pressure comes from here: who wants a buffer waits until others are released.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/platform/event.hpp"

namespace dwcp::platform {

// A writable block of the pool; becomes an immutable Slice when filled. Returns its memory to the pool with the last
// reference, from any executor.
class Buffer {
 public:
  Buffer() = default;
  MutableByteSpan bytes() const { return bytes_; }
  explicit operator bool() const { return owner_ != nullptr; }
  // The whole block, shared. Bytes that were handed out are no longer to be written; the others may be.
  Slice view() const { return {owner_, ByteSpan(bytes_)}; }
  // The first `length` bytes, shared and no longer to be written.
  Slice freeze(std::size_t length) && { return {std::move(owner_), ByteSpan(bytes_.first(length))}; }

 private:
  friend class BufferPool;
  std::shared_ptr<void> owner_;
  MutableByteSpan bytes_;
};

class BufferPool {
 public:
  // So many blocks of its budget a pool has even where the host's memory is short: with fewer, nothing would get on.
  static constexpr std::size_t blocks_least = 4;

  // `block` is the size of every buffer, `budget` the most that may be out at once (at least one block). While the host
  // has no memory to spare for a block (memory_budget.hpp), at most blocks_least are handed out, and what comes back
  // beyond them is not kept.
  BufferPool(Platform& platform, Executor on, Bytes block, Bytes budget);

  // Waits for room; where memory was short, until a block comes back. Called on the pool's executor.
  Task<Buffer> acquire();
  // Empty when there is no room now.
  Buffer try_acquire();
  Bytes block() const;
  Bytes in_use() const;  // of blocks that are out
  std::size_t capacity() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace dwcp::platform
