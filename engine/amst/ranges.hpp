// A set of sequence numbers, kept as disjoint ranges that do not touch.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace dwcp::amst {

// first..last, both within. A valid range has 1 <= first <= last < 2^63.
struct Range {
  std::uint64_t first = 0, last = 0;
  friend auto operator<=>(const Range&, const Range&) = default;
};

constexpr std::uint64_t sequence_max = (std::uint64_t{1} << 63) - 1;
constexpr bool is_valid(const Range& r) { return 1 <= r.first && r.first <= r.last && r.last <= sequence_max; }

class RangeSet {
 public:
  // Adds a valid range; returns how many numbers were new.
  std::uint64_t insert(Range range);
  bool contains(std::uint64_t number) const;
  // The largest n such that all of 1..n are in the set; 0 when 1 is not.
  std::uint64_t floor() const;
  bool empty() const { return ranges_.empty(); }
  std::size_t count() const { return ranges_.size(); }  // of ranges
  std::vector<Range> all() const;
  // Removes and returns up to `limit` ranges, lowest first.
  std::vector<Range> take(std::size_t limit);

 private:
  std::map<std::uint64_t, std::uint64_t> ranges_;  // first -> last
};

}  // namespace dwcp::amst
