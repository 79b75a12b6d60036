#include "engine/hde/held_window.hpp"

#include <algorithm>
#include <utility>

namespace dwcp::hde {
namespace {

// As many as a sender may have under way at once, by default.
constexpr std::size_t batches_without_max = 65536;

}  // namespace

std::size_t HeldWindow::numbers_max(Bytes budget) { return window_batches_max(budget, batches_without_max); }

HeldWindow::HeldWindow(Bytes budget, const KeptWindow& begins_with)
    : budget_(budget.value), begun_with_(begins_with.last), last_(begins_with.last) {
  for (const KeptWindow::Batch& batch : begins_with.batches) hold(batch.id, batch.literals);
}

KeptWindow HeldWindow::kept() const {
  const std::scoped_lock guard(lock_);
  KeptWindow window{{}, last_};
  for (const auto& [id, literals] : batches_) window.batches.push_back({id, literals});
  return window;
}

void HeldWindow::came(BatchId batch) {
  const std::scoped_lock guard(lock_);
  last_ = std::max(last_, batch);
}

void HeldWindow::hold(BatchId batch, Literals literals) {
  const std::scoped_lock guard(lock_);
  if (batch < floor_) return;
  const std::size_t cost = literals.cost();
  if (!batches_.emplace(batch, std::move(literals)).second) return;  // came twice
  held_ += cost;
  while (held_ > budget_) drop_oldest();
}

void HeldWindow::hold_nothing(BatchId batch) {
  const std::scoped_lock guard(lock_);
  if (batch < floor_ || batches_.contains(batch)) return;
  without_.insert(batch);
  if (without_.size() <= numbers_max(Bytes(budget_))) return;
  floor_ = std::max(floor_, *without_.begin() + BatchId(1));
  without_.erase(without_.begin());
}

void HeldWindow::drop_oldest() {
  const auto oldest = batches_.begin();
  held_ -= oldest->second.cost();
  floor_ = std::max(floor_, oldest->first + BatchId(1));
  batches_.erase(oldest);
  without_.erase(without_.begin(), without_.lower_bound(floor_));
}

void HeldWindow::drop_below(BatchId floor) {
  const std::scoped_lock guard(lock_);
  while (!batches_.empty() && batches_.begin()->first < floor) drop_oldest();
  floor_ = std::max(floor_, floor);
  without_.erase(without_.begin(), without_.lower_bound(floor_));
}

HeldWindow::Presence HeldWindow::find(BatchId batch, Literals& literals) const {
  const std::scoped_lock guard(lock_);
  const auto found = batches_.find(batch);
  if (found != batches_.end()) {
    literals = found->second;
    return Presence::held;
  }
  const bool gone = batch <= begun_with_ || batch < floor_ || without_.contains(batch);
  return gone ? Presence::gone : Presence::awaited;
}

Bytes HeldWindow::held() const {
  const std::scoped_lock guard(lock_);
  return Bytes(held_);
}

}  // namespace dwcp::hde
