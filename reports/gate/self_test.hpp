// The gate proves itself: what it must find is planted, and so is noise that it must not take for anything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dwcp::reports {

struct SelfTestCase {
  std::string name;
  bool ok = false;
  std::string detail;  // what the gate said
};

// The same cases through the same code as dwcp gate; noise is drawn from the seed.
std::vector<SelfTestCase> gate_self_test(std::uint64_t seed);

}  // namespace dwcp::reports
