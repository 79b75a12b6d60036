#include "tests/property/engine/hde/counted_heap.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace dwcp::hde::testing {
namespace {

struct Count {
  std::uint64_t live = 0, peak = 0;
};
Count counts[3];  // the tests have one thread

// Stands before every block; as large as the alignment that operator new promises.
struct alignas(16) BlockHeader {
  std::uint64_t cost;
  HeapSide side;
};
static_assert(sizeof(BlockHeader) == 16);

void* take_block(std::size_t size) {
  void* const block = std::malloc(sizeof(BlockHeader) + size);
  if (block == nullptr) throw std::bad_alloc();
  const std::uint64_t cost = std::max<std::uint64_t>(32, (size + 8 + 15) / 16 * 16);
  *static_cast<BlockHeader*>(block) = {cost, heap_side};
  Count& count = counts[static_cast<std::size_t>(heap_side)];
  count.live += cost;
  count.peak = std::max(count.peak, count.live);
  return static_cast<std::byte*>(block) + sizeof(BlockHeader);
}

void give_block(void* at) {
  if (at == nullptr) return;
  auto* const header = reinterpret_cast<BlockHeader*>(static_cast<std::byte*>(at) - sizeof(BlockHeader));
  counts[static_cast<std::size_t>(header->side)].live -= header->cost;
  std::free(header);
}

}  // namespace

Bytes heap_live(HeapSide side) { return Bytes(counts[static_cast<std::size_t>(side)].live); }
Bytes heap_peak(HeapSide side) { return Bytes(counts[static_cast<std::size_t>(side)].peak); }
void reset_heap_peak(HeapSide side) {
  Count& count = counts[static_cast<std::size_t>(side)];
  count.peak = count.live;
}

}  // namespace dwcp::hde::testing

void* operator new(std::size_t size) { return dwcp::hde::testing::take_block(size); }
void* operator new[](std::size_t size) { return dwcp::hde::testing::take_block(size); }
void operator delete(void* at) noexcept { dwcp::hde::testing::give_block(at); }
void operator delete[](void* at) noexcept { dwcp::hde::testing::give_block(at); }
void operator delete(void* at, std::size_t) noexcept { dwcp::hde::testing::give_block(at); }
void operator delete[](void* at, std::size_t) noexcept { dwcp::hde::testing::give_block(at); }
