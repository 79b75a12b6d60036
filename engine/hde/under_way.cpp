#include "engine/hde/under_way.hpp"

#include <algorithm>
#include <utility>

namespace dwcp::hde {
namespace {

// The allocator's share of a page, and the object that owns an input, with its own.
constexpr Bytes allocation_cost{16}, input_cost{64};

}  // namespace

void UnderWay::add(BatchId id, SentBatch batch) {
  const bool needed = std::ranges::any_of(batch.pages, [](const SentPage& page) { return page.content != nullptr; });
  if (needed) {
    // Batches share their input with others, but not these pages of it.
    for (const SentPage& page : batch.pages) {
      if (page.given) batch.retained += page_size;
      if (page.kept) batch.retained += page_size + allocation_cost;
    }
    batch.retained += input_cost;
  } else {
    batch.input = {};
  }
  retained_ += batch.retained;
  batches_.emplace_hint(batches_.end(), id, std::move(batch));
  while (retained_ > budget_) release_oldest();
}

std::optional<SentBatch> UnderWay::remove(BatchId id) {
  const auto found = batches_.find(id);
  if (found == batches_.end()) return std::nullopt;
  SentBatch batch = std::move(found->second);
  batches_.erase(found);
  retained_ -= batch.retained;
  return batch;
}

SentBatch* UnderWay::find(BatchId id) {
  const auto found = batches_.find(id);
  return found == batches_.end() ? nullptr : &found->second;
}

BatchId UnderWay::window_floor(BatchId otherwise) const {
  for (const auto& [id, batch] : batches_)
    if (batch.window_floor) return *batch.window_floor;
  return otherwise;
}

SentPage* UnderWay::find_page(const PageVersion& page) {
  for (auto& [id, batch] : batches_) {
    const auto found = std::ranges::find(batch.pages, page, &SentPage::page);
    if (found != batch.pages.end()) return &*found;
  }
  return nullptr;
}

// Precondition: something is retained.
void UnderWay::release_oldest() {
  auto oldest = batches_.upper_bound(released_);
  while (oldest->second.retained.value == 0) ++oldest;
  released_ = oldest->first;
  SentBatch& batch = oldest->second;
  retained_ -= std::exchange(batch.retained, Bytes(0));
  batch.input = {};
  for (SentPage& page : batch.pages) {
    page.content = nullptr;
    page.kept.reset();
  }
}

}  // namespace dwcp::hde
