// Ranks of values, ties sharing the middle of theirs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace dwcp::reports {

struct Ranks {
  std::vector<std::uint64_t> doubled;  // of each value, from 2 on: twice the rank, so that the middle of two is whole
  double tie_term = 0;                 // sum of t^3 - t over groups of t equal values
};
Ranks ranks_of(std::span<const double> values);

}  // namespace dwcp::reports
