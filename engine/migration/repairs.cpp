#include "engine/migration/repairs.hpp"

namespace dwcp::migration {

void Repairs::expect(amst::Sequence chunk, std::span<const hde::PageVersion> pages) {
  for (const auto& page : pages) waiting_.emplace(page.key, Waiting{page.version, chunk});
  left_[chunk] += pages.size();
}

std::vector<amst::Sequence> Repairs::applied(std::span<const hde::PageVersion> pages) {
  std::vector<amst::Sequence> whole;
  if (waiting_.empty()) return whole;
  for (const auto& page : pages) {
    auto [it, end] = waiting_.equal_range(page.key);
    while (it != end) {
      if (it->second.version > page.version) {
        ++it;
        continue;
      }
      const auto chunk = left_.find(it->second.chunk);
      if (--chunk->second == 0) {
        whole.push_back(chunk->first);
        left_.erase(chunk);
      }
      it = waiting_.erase(it);
    }
  }
  return whole;
}

}  // namespace dwcp::migration
