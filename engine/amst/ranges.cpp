#include "engine/amst/ranges.hpp"

#include <algorithm>
#include <boost/assert.hpp>

namespace dwcp::amst {

std::uint64_t RangeSet::insert(Range range) {
  BOOST_ASSERT(is_valid(range));
  std::uint64_t fresh = range.last - range.first + 1;
  auto it = ranges_.upper_bound(range.first);
  if (it != ranges_.begin() && std::prev(it)->second + 1 >= range.first) --it;
  // `it` is the first range that overlaps or touches; swallow all of them.
  while (it != ranges_.end() && it->first <= range.last + 1) {
    const std::uint64_t low = std::max(it->first, range.first), high = std::min(it->second, range.last);
    if (low <= high) fresh -= std::min(fresh, high - low + 1);
    range.first = std::min(range.first, it->first);
    range.last = std::max(range.last, it->second);
    it = ranges_.erase(it);
  }
  ranges_.emplace(range.first, range.last);
  return fresh;
}

bool RangeSet::contains(std::uint64_t number) const {
  const auto it = ranges_.upper_bound(number);
  return it != ranges_.begin() && std::prev(it)->second >= number;
}

std::uint64_t RangeSet::floor() const {
  return ranges_.empty() || ranges_.begin()->first != 1 ? 0 : ranges_.begin()->second;
}

std::vector<Range> RangeSet::all() const {
  std::vector<Range> result;
  result.reserve(ranges_.size());
  for (const auto& [first, last] : ranges_) result.push_back({first, last});
  return result;
}

std::vector<Range> RangeSet::take(std::size_t limit) {
  std::vector<Range> result;
  while (!ranges_.empty() && result.size() < limit) {
    result.push_back({ranges_.begin()->first, ranges_.begin()->second});
    ranges_.erase(ranges_.begin());
  }
  return result;
}

}  // namespace dwcp::amst
