// Registered memory: pages that stay where they are, so that the device may read or write them. Registering takes long
// (each page is pinned), so blocks that were given back are kept for the next pair, up to a bound.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/base/units.hpp"

namespace dwcp::platform::native::rdma {

enum class Access { local, exposed };  // exposed: whoever is connected and knows its key may write

struct Keys {
  std::uint32_t local = 0, remote = 0;
  void* handle = nullptr;  // the registrar's own
};

// What makes memory usable by the device. Called by one thread at a time.
class Registrar {
 public:
  virtual ~Registrar() = default;
  // Returns an errno, 0 when it is done.
  virtual int add(MutableByteSpan memory, Access access, Keys& keys) = 0;
  virtual void remove(const Keys& keys) = 0;
};

// May be used by several threads.
class MemoryPool {
 public:
  static constexpr Bytes registered_max = GiB(1);  // that are out, and that are kept
  static constexpr Bytes kept_max = MiB(128);

  // Belongs to whoever took it; goes back when it is destroyed. The pool outlives it.
  class Block {
   public:
    Block() = default;
    Block(Block&& other) noexcept { *this = std::move(other); }
    Block& operator=(Block&& other) noexcept;
    ~Block() { give_back(); }
    void give_back();
    MutableByteSpan memory() const { return memory_; }
    const Keys& keys() const { return keys_; }

   private:
    friend class MemoryPool;
    MemoryPool* pool_ = nullptr;
    MutableByteSpan memory_;  // whole pages
    Access access_ = Access::local;
    Keys keys_;
  };

  // `device` is its name in errors. The registrar outlives the pool.
  MemoryPool(std::string device, Registrar& registrar) : device_(std::move(device)), registrar_(registrar) {}
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  // At least `size` bytes, at the beginning of a page; their content is left over. Throws Error(out_of_budget) that
  // names the bound, which is registered_max or the limit on locked memory of this process.
  Block take(Bytes size, Access access);
  Bytes registered() const;
  Bytes kept() const;

 private:
  void put(Block& block);
  void release_oldest();
  void unregister(const Block& block);

  const std::string device_;
  Registrar& registrar_;
  mutable std::mutex lock_;
  std::vector<Block> kept_;  // the oldest first; their pool_ is null
  Bytes registered_{0}, kept_bytes_{0};
};

}  // namespace dwcp::platform::native::rdma
