// The memory that a destination lets run equals, page by page, what the source had when it stopped the guest.
#pragma once

#include <functional>
#include <map>

#include "scenarios/checkers/checker.hpp"

namespace dwcp::scenarios {

class MemoryEqual final : public Checker {
 public:
  // Numbers of the pages of `vm` that are not the same on the two hosts, at this instant.
  using Compare = std::function<std::vector<std::uint64_t>(const std::string& vm, const std::string& source,
                                                           const std::string& destination)>;

  explicit MemoryEqual(Compare compare) : compare_(std::move(compare)) {}

  std::string_view name() const override { return "memory_equal"; }
  void on_guest(const GuestChange& change) override;

  std::uint64_t wrong_pages() const;                       // of all VMs
  std::uint64_t wrong_pages(const std::string& vm) const;  // of its migrations so far
  std::size_t comparisons() const { return comparisons_; }

 private:
  Compare compare_;
  std::map<std::string, std::string> last_runner_;
  std::map<std::string, std::uint64_t> wrong_;
  std::size_t comparisons_ = 0;
};

}  // namespace dwcp::scenarios
