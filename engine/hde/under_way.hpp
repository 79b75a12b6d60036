// Batches that were planned and not acknowledged, with their input as long as the budget allows.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/base/bytes.hpp"
#include "engine/hde/page_cache.hpp"

namespace dwcp::hde {

// A page of such a batch.
struct SentPage {
  PageVersion page;
  PageWorth worth = PageWorth::sent_once;
  bool zero = false;
  bool given = false;                  // its content, if only of zeroes, lies within the batch's input
  const std::byte* content = nullptr;  // within the batch's input; null when zero or released
  PageBufferPtr kept;                  // an unchanged page's content, on its way back to the cache
};

struct SentBatch {
  Slice input;     // empty when no page has content
  Bytes retained;  // of pages that lie in the input, and of those that are kept; 0: all is released
  std::vector<SentPage> pages;
  std::optional<BatchId> window_floor;  // the first batch that it may copy from
};

class UnderWay {
 public:
  explicit UnderWay(Bytes retention_budget) : budget_(retention_budget) {}

  // Precondition: `id` is greater than any before.
  void add(BatchId id, SentBatch batch);
  // Removes the batch and returns it, if it is there.
  std::optional<SentBatch> remove(BatchId id);
  SentBatch* find(BatchId id);
  // The lowest window_floor of all, or `otherwise`. Precondition: floors never fall from one batch to the next.
  BatchId window_floor(BatchId otherwise) const;
  std::size_t size() const { return batches_.size(); }
  Bytes retained() const { return retained_; }
  // For encoders without a table: the page in whichever batch holds it, or null.
  SentPage* find_page(const PageVersion& page);

 private:
  void release_oldest();

  Bytes budget_;
  Bytes retained_{0};
  std::map<BatchId, SentBatch> batches_;
  BatchId released_{0};  // batches up to here have no input
};

}  // namespace dwcp::hde
