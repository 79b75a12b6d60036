// Page contents within a budget. Pages that were sent again and again are worth the most: a delta of one of them is
// likely to be wanted. Pages that were sent once fill what room is left, and are the first to go.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include "engine/hde/kernels.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::hde {

using PageBuffer = std::array<std::byte, page_bytes>;
using PageBufferPtr = std::unique_ptr<PageBuffer>;
PageBufferPtr copy_page(const std::byte* content);

enum class PageWorth : std::uint8_t { sent_once, sent_again };

class PageCache {
 public:
  using Slot = std::uint32_t;
  explicit PageCache(Bytes budget);

  // Whether insert() would take a page of this worth.
  bool admits(PageWorth worth) const;
  // Precondition: admits(worth). When another page had to go for it, `evicted` is that page.
  Slot insert(const PageKey& key, PageBufferPtr content, PageWorth worth, std::optional<PageKey>& evicted);
  const std::byte* content(Slot slot) const { return slots_[slot].content->data(); }
  // Removes the page and gives its content away.
  PageBufferPtr take(Slot slot);
  Bytes held() const { return Bytes(used_ * slot_cost); }

 private:
  static constexpr Slot none = ~Slot{0};
  struct Entry {
    PageBufferPtr content;
    PageKey key;
    Slot newer = none, older = none;
    PageWorth worth = PageWorth::sent_once;
  };
  // What one page costs: content, entry, and the allocator's share. Entries are in a deque, which grows without a copy
  // beside it, and whose list of pieces, which does, takes two bytes an entry.
  static constexpr std::uint64_t slot_cost = page_bytes + sizeof(Entry) + 16 + 4;
  // The pages of one worth, linked by age.
  struct Ages {
    Slot newest = none, oldest = none;
  };

  Ages& ages(PageWorth worth) { return ages_[static_cast<std::size_t>(worth)]; }
  void link(Slot slot);
  void unlink(Slot slot);

  std::size_t capacity_;
  std::size_t used_ = 0;
  std::deque<Entry> slots_;
  Slot free_ = none;  // linked by `older`
  Ages ages_[2];
};

}  // namespace dwcp::hde
