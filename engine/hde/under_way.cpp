#include "engine/hde/under_way.hpp"

#include <algorithm>
#include <utility>

namespace dwcp::hde {

void UnderWay::add(BatchId id, SentBatch batch) {
  for (const SentPage& page : batch.pages)
    if (page.content != nullptr) batch.retained += page_size;
  if (batch.retained.value > 0)
    with_input_.push_back(id);
  else
    batch.input = {};
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
  // Acknowledgements come nearly in order, so the names of removed batches do not pile up behind an old one for long.
  while (!with_input_.empty() && !batches_.contains(with_input_.front())) with_input_.pop_front();
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

void UnderWay::release_oldest() {
  const BatchId id = with_input_.front();
  with_input_.pop_front();
  SentBatch* const batch = find(id);
  if (batch == nullptr) return;
  retained_ -= std::exchange(batch->retained, Bytes(0));
  batch->input = {};
  for (SentPage& page : batch->pages) {
    page.content = nullptr;
    page.kept.reset();
  }
}

}  // namespace dwcp::hde
