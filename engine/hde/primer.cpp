#include "engine/hde/primer.hpp"

#include <algorithm>
#include <utility>

namespace dwcp::hde {
namespace {

constexpr unsigned batches_served = 16;  // then one of newer contents takes its place

}  // namespace

ByteSpan primer_of(ByteSpan packed_pages) {
  return packed_pages.first(std::min<std::size_t>(packed_pages.size(), primer_max.value));
}

SentPrimers::Part SentPrimers::next(BatchId id, std::size_t full_pages) {
  Part part{.against = current_, .becomes = nullptr};
  if (current_) ++used_;
  const bool wanted = !current_ || used_ >= batches_served;
  if (wanted && !candidate_ && previous_.expired() && full_pages >= pages_least_) {
    candidate_ = std::make_shared<Primer>(Primer{id, {}});
    part.becomes = candidate_;
  }
  return part;
}

void SentPrimers::acknowledged(BatchId id) {
  if (!candidate_ || candidate_->id != id) return;
  const PrimerPtr arrived = std::exchange(candidate_, nullptr);
  if (arrived->bytes.empty()) return;
  previous_ = current_;
  current_ = arrived;
  used_ = 0;
}

void SentPrimers::lost(BatchId id) {
  if (candidate_ && candidate_->id == id) candidate_ = nullptr;
}

void HeldPrimers::hold(BatchId id, ByteSpan packed_pages) {
  const ByteSpan bytes = primer_of(packed_pages);
  auto primer = std::make_shared<const Primer>(Primer{id, ByteVector(bytes.begin(), bytes.end())});
  const std::scoped_lock guard(lock_);
  held_[id] = std::move(primer);
  if (held_.size() > primers_held_max) held_.erase(held_.begin());
}

PrimerPtr HeldPrimers::find(BatchId id) const {
  const std::scoped_lock guard(lock_);
  const auto it = held_.find(id);
  return it == held_.end() ? nullptr : it->second;
}

}  // namespace dwcp::hde
