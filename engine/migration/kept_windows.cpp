#include "engine/migration/kept_windows.hpp"

#include <algorithm>
#include <utility>

namespace dwcp::migration {

void KeptWindows::keep(const NodeId& peer, const WindowName& name, hde::KeptWindow window, TimePoint now) {
  std::erase_if(entries_, [&](const Entry& e) { return e.peer == peer && e.kept.name.vm == name.vm; });
  if (keep_for_ > Duration(0) && !window.batches.empty() && window.size() <= bytes_)
    entries_.push_back({peer, {name, std::move(window)}, now});
  forget_old(now);
}

std::optional<KeptWindows::Kept> KeptWindows::take_for(const NodeId& peer, const VmId& vm, bool shared, TimePoint now) {
  forget_old(now);
  auto found = std::ranges::find_if(entries_, [&](const Entry& e) { return e.peer == peer && e.kept.name.vm == vm; });
  if (shared && found == entries_.end()) {
    const auto newest =
        std::ranges::find_if(entries_.rbegin(), entries_.rend(), [&](const Entry& e) { return e.peer == peer; });
    if (newest != entries_.rend()) found = std::prev(newest.base());
  }
  return take_out(found);
}

std::optional<KeptWindows::Kept> KeptWindows::take(const NodeId& peer, const WindowName& name, const VmId& vm,
                                                   bool shared, TimePoint now) {
  forget_old(now);
  if (name.vm != vm && !shared) return std::nullopt;
  return take_out(
      std::ranges::find_if(entries_, [&](const Entry& e) { return e.peer == peer && e.kept.name == name; }));
}

std::optional<KeptWindows::Kept> KeptWindows::take_out(std::deque<Entry>::iterator entry) {
  if (entry == entries_.end()) return std::nullopt;
  Kept kept = std::move(entry->kept);
  entries_.erase(entry);
  return kept;
}

void KeptWindows::forget_old(TimePoint now) {
  while (!entries_.empty() && (now - entries_.front().since >= keep_for_ || held() > bytes_)) entries_.pop_front();
}

Bytes KeptWindows::held() const {
  Bytes sum{0};
  for (const Entry& entry : entries_) sum += entry.kept.window.size();
  return sum;
}

}  // namespace dwcp::migration
