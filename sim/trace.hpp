// A running hash of everything that happened, in order: two runs with the same seed must end with the same value.
#pragma once

#include <bit>
#include <cstdint>

namespace dwcp::sim {

class TraceHash {
 public:
  void add(std::uint64_t word) {
    value_ = (std::rotl(value_, 23) ^ word) * 0x9e3779b97f4a7c15;
    ++count_;
  }
  std::uint64_t value() const { return value_; }
  std::uint64_t count() const { return count_; }

 private:
  std::uint64_t value_ = 0x6a09e667f3bcc908;
  std::uint64_t count_ = 0;
};

}  // namespace dwcp::sim
