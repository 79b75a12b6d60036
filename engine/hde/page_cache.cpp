#include "engine/hde/page_cache.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace dwcp::hde {

PageBufferPtr copy_page(const std::byte* content) {
  auto buffer = std::make_unique_for_overwrite<PageBuffer>();
  std::memcpy(buffer->data(), content, page_bytes);
  return buffer;
}

// 30 bits for a slot, so that it fits the encoder's page state: 4 TiB of contents.
PageCache::PageCache(Bytes budget)
    : capacity_(std::min<std::uint64_t>(budget.value / slot_cost, (std::uint64_t{1} << 30) - 1)) {}

bool PageCache::admits(PageWorth worth) const {
  return worth == PageWorth::sent_again ? capacity_ > 0 : used_ < capacity_;
}

PageCache::Slot PageCache::insert(const PageKey& key, PageBufferPtr content, PageWorth worth,
                                  std::optional<PageKey>& evicted) {
  evicted.reset();
  if (used_ == capacity_) {
    const Slot once = ages(PageWorth::sent_once).oldest;
    const Slot victim = once != none ? once : ages(PageWorth::sent_again).oldest;
    evicted = slots_[victim].key;
    take(victim);
  }
  Slot slot = 0;
  if (free_ == none) {
    slot = static_cast<Slot>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_;
    free_ = slots_[slot].older;
  }
  slots_[slot].content = std::move(content);
  slots_[slot].key = key;
  slots_[slot].worth = worth;
  link(slot);
  ++used_;
  return slot;
}

PageBufferPtr PageCache::take(Slot slot) {
  unlink(slot);
  slots_[slot].older = std::exchange(free_, slot);
  --used_;
  return std::move(slots_[slot].content);
}

void PageCache::link(Slot slot) {
  Entry& entry = slots_[slot];
  Ages& line = ages(entry.worth);
  entry.newer = none;
  entry.older = line.newest;
  if (line.newest != none) slots_[line.newest].newer = slot;
  line.newest = slot;
  if (line.oldest == none) line.oldest = slot;
}

void PageCache::unlink(Slot slot) {
  Entry& entry = slots_[slot];
  Ages& line = ages(entry.worth);
  (entry.newer == none ? line.newest : slots_[entry.newer].older) = entry.older;
  (entry.older == none ? line.oldest : slots_[entry.older].newer) = entry.newer;
}

}  // namespace dwcp::hde
