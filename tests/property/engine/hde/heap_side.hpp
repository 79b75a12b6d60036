// Who allocates: so that a test can tell what each of two ends in one process takes.
#pragma once

#include <cstdint>

namespace dwcp::hde::testing {

enum class HeapSide : std::uint8_t { other, a, b };
inline thread_local HeapSide heap_side = HeapSide::other;

// What is allocated while this object lives is of `side`, until it is freed, by whomever.
class OnSide {
 public:
  explicit OnSide(HeapSide side) : before_(heap_side) { heap_side = side; }
  ~OnSide() { heap_side = before_; }
  OnSide(const OnSide&) = delete;
  OnSide& operator=(const OnSide&) = delete;

 private:
  HeapSide before_;
};

}  // namespace dwcp::hde::testing
