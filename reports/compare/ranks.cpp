#include "reports/compare/ranks.hpp"

#include <algorithm>
#include <numeric>

namespace dwcp::reports {

Ranks ranks_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
  Ranks ranks;
  ranks.doubled.resize(values.size());
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && values[order[last]] == values[order[first]]) ++last;
    // Ranks first + 1 to last: their middle, twice.
    for (std::size_t i = first; i < last; ++i) ranks.doubled[order[i]] = first + 1 + last;
    const auto tied = static_cast<double>(last - first);
    ranks.tie_term += tied * tied * tied - tied;
  }
  return ranks;
}

}  // namespace dwcp::reports
