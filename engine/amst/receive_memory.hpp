// Memory for arriving chunks, used again and again: fresh memory from the system costs a page fault and a cleared page
// for every 4 KiB, about as much as receiving them.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/units.hpp"

namespace dwcp::amst {

// Used on all lanes; blocks come back on any thread, also after this object is gone.
class ReceiveMemory {
 public:
  // Keeps at most `keep_max` of free blocks. It does not bound what is out: see ReceiveBudget.
  explicit ReceiveMemory(Bytes keep_max);

  struct Block {
    std::shared_ptr<void> owner;
    MutableByteSpan bytes;
  };
  // Not cleared. Precondition: size > 0.
  Block take(std::size_t size);
  Bytes kept() const;

 private:
  struct Pool {
    explicit Pool(Bytes max) : keep_max(max.value) {}
    void put_back(std::unique_ptr<std::byte[]> block, std::size_t size);

    const std::size_t keep_max;
    std::mutex mutex;
    std::map<std::size_t, std::vector<std::unique_ptr<std::byte[]>>> free;  // by size
    std::size_t kept = 0;
  };
  std::shared_ptr<Pool> pool_;
};

}  // namespace dwcp::amst
