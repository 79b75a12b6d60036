#include "engine/hde/base_cache.hpp"

#include <cstring>

#include "engine/hde/page_cache.hpp"
#include "engine/hde/page_table.hpp"

namespace dwcp::hde {

class BaseCache::State {
 public:
  State(Bytes budget, PageSink& next) : next_(next), cache_(budget) {}

  void page(const PageKey& key, Version version, ByteSpan content) {
    // The sender keeps by the same rule, so the two hold nearly the same pages for the same budget.
    const PageWorth worth = drop(key) ? PageWorth::sent_again : PageWorth::sent_once;
    if (cache_.admits(worth)) {
      std::optional<PageKey> evicted;
      const PageCache::Slot slot = cache_.insert(key, copy_page(content.data()), worth, evicted);
      if (evicted) table_.at(*evicted) = seen;
      table_.at(key) = slot + first_slot;
    }
    next_.page(key, version, content);
  }

  void zero(const PageKey& key, Version version) {
    drop(key);
    next_.zero(key, version);
  }

  bool read(const PageKey& key, MutableByteSpan content) {
    const std::uint32_t* const place = table_.find(key);
    if (place == nullptr || *place < first_slot) return false;
    std::memcpy(content.data(), cache_.content(*place - first_slot), page_bytes);
    return true;
  }

  Bytes held() const { return cache_.held(); }

 private:
  // Values of the table: not seen, seen but not held, or held in a slot.
  static constexpr std::uint32_t seen = 1, first_slot = 2;

  // Removes what is held of the page, and says whether it was seen before.
  bool drop(const PageKey& key) {
    std::uint32_t& place = table_.at(key);
    const bool was_seen = place != 0;
    if (place >= first_slot) cache_.take(place - first_slot);
    place = seen;
    return was_seen;
  }

  PageSink& next_;
  PageTable<std::uint32_t> table_;
  PageCache cache_;
};

BaseCache::BaseCache(Bytes budget, PageSink& next) : state_(std::make_unique<State>(budget, next)) {}
BaseCache::~BaseCache() = default;
void BaseCache::page(const PageKey& key, Version version, ByteSpan content) { state_->page(key, version, content); }
void BaseCache::zero(const PageKey& key, Version version) { state_->zero(key, version); }
bool BaseCache::read(const PageKey& key, MutableByteSpan content) { return state_->read(key, content); }
Bytes BaseCache::held() const { return state_->held(); }

}  // namespace dwcp::hde
