#include "scenarios/explore/ddmin.hpp"

#include <algorithm>
#include <numeric>

namespace dwcp::scenarios {
namespace {

// `pieces` of nearly the same size. Precondition: 1 <= pieces <= all.size().
std::vector<Subset> split(const Subset& all, std::size_t pieces) {
  std::vector<Subset> parts;
  for (std::size_t i = 0; i < pieces; ++i) {
    const auto from = static_cast<std::ptrdiff_t>(all.size() * i / pieces);
    const auto to = static_cast<std::ptrdiff_t>(all.size() * (i + 1) / pieces);
    parts.emplace_back(all.begin() + from, all.begin() + to);
  }
  return parts;
}

Subset without(const Subset& all, const Subset& part) {
  Subset rest;
  std::set_difference(all.begin(), all.end(), part.begin(), part.end(), std::back_inserter(rest));
  return rest;
}

}  // namespace

Subset ddmin(std::size_t count, const FirstFailingSubset& first_failing) {
  Subset all(count);
  std::iota(all.begin(), all.end(), 0);
  if (count == 0 || first_failing({Subset{}})) return {};
  std::size_t pieces = 2;
  while (all.size() >= 2) {
    std::vector<Subset> candidates = split(all, pieces);
    if (pieces > 2)  // of two pieces each is the other's complement
      for (std::size_t i = 0; i < pieces; ++i) candidates.push_back(without(all, candidates[i]));
    const auto found = first_failing(candidates);
    if (found) {
      all = candidates[*found];
      pieces = *found < pieces ? 2 : pieces - 1;
    } else if (pieces == all.size()) {
      break;
    } else {
      pieces *= 2;
    }
    pieces = std::min(pieces, all.size());
  }
  return all;
}

}  // namespace dwcp::scenarios
