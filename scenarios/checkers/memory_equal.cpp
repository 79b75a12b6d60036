#include "scenarios/checkers/memory_equal.hpp"

#include <algorithm>

namespace dwcp::scenarios {

void MemoryEqual::on_guest(const GuestChange& change) {
  if (change.state != migration::GuestState::running) return;
  std::string& runner = last_runner_[change.vm];
  const std::string source = std::exchange(runner, change.host);
  if (source.empty() || source == change.host) return;  // begins, or runs on where it was
  ++comparisons_;
  const auto pages = compare_(change.vm, source, change.host);
  if (pages.empty()) return;
  wrong_[change.vm] += pages.size();
  constexpr std::size_t shown_max = 5;
  std::string numbers;
  for (std::size_t i = 0; i < std::min(pages.size(), shown_max); ++i)
    numbers += (i == 0 ? "" : ", ") + std::to_string(pages[i]);
  violated(change.time, "VM '" + change.vm + "': " + std::to_string(pages.size()) + " pages on " + change.host +
                            " differ from those on " + source + ": " + numbers +
                            (pages.size() > shown_max ? "..." : ""));
}

std::uint64_t MemoryEqual::wrong_pages() const {
  std::uint64_t sum = 0;
  for (const auto& [vm, pages] : wrong_) sum += pages;
  return sum;
}

std::uint64_t MemoryEqual::wrong_pages(const std::string& vm) const {
  const auto found = wrong_.find(vm);
  return found == wrong_.end() ? 0 : found->second;
}

}  // namespace dwcp::scenarios
