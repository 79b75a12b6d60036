// Which pages a real guest wrote, and when: recorded by tests/lab/corpus/dirty-trace, replayed by Dirtying.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "engine/base/error.hpp"
#include "engine/base/units.hpp"

namespace dwcp::model {

class DirtyTrace {
 public:
  static constexpr std::size_t pages_max = 16'000'000;  // listed in all
  static constexpr std::size_t intervals_max = 1'000'000;
  static constexpr Duration interval_min = std::chrono::milliseconds(1);  // a replay for years counts within 64 bits
  static constexpr std::uint64_t page_number_max = (1u << 31) - 1;

  // One interval a line: seconds from the begin to its end (the first begins at 0, and each lasts interval_min at
  // least), and the pages that were written in it, as numbers and ranges FIRST+MORE, apart by blanks; `#` begins a
  // remark. Errors: bad_value, naming the line; at least one interval, and one page, are there.
  static Result<DirtyTrace> parse(std::string_view text);
  // Errors: not_found, storage_failed, and those above; naming the file.
  static Result<DirtyTrace> load(const std::filesystem::path& file);

  Duration length() const { return intervals_.back().until; }
  std::uint64_t pages() const { return pages_.size(); }  // of one replay, each as often as it was written
  std::uint32_t page(std::uint64_t number) const { return pages_[number % pages_.size()]; }
  // How many pages the guest had written by then; those of an interval evenly within it, and the trace again and again.
  std::uint64_t written_by(Duration guest_time) const;

 private:
  struct Interval {
    Duration until{0};
    std::uint64_t pages_before = 0;
  };
  std::vector<Interval> intervals_;
  std::vector<std::uint32_t> pages_;
};

}  // namespace dwcp::model
