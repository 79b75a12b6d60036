// Chunks that wait for pages which could not be decoded. Pure.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "engine/amst/session.hpp"
#include "engine/hde/page.hpp"

namespace dwcp::migration {

class Repairs {
 public:
  // `chunk` is whole only when each of these pages has been applied, in this version or a newer one.
  void expect(amst::Sequence chunk, std::span<const hde::PageVersion> pages);
  // These were applied: returns the chunks that became whole by it.
  std::vector<amst::Sequence> applied(std::span<const hde::PageVersion> pages);
  bool empty() const { return waiting_.empty(); }

 private:
  struct Waiting {
    Version version;
    amst::Sequence chunk;
  };
  std::multimap<hde::PageKey, Waiting> waiting_;
  std::map<amst::Sequence, std::size_t> left_;  // pages that each chunk still waits for
};

}  // namespace dwcp::migration
