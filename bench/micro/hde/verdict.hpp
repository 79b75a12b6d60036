// What was measured beside what is to be reached.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bench/micro/hde/speed.hpp"

namespace dwcp::bench {

struct Measured {
  double gb_per_s = 0, share = 0;  // of content; payload beside content
};
using MeasuredCases = std::map<std::string, Measured>;  // by the case's name

struct Verdict {
  bool holds = false;
  std::string text;
};
// Empty where nothing is to be reached, or what it is compared with was not measured.
std::vector<Verdict> verdicts(const Case& c, const MeasuredCases& measured);

// A table on the terminal: speeds, also in bytes per reference cycle, and what is to be reached.
void print_verdicts(const std::vector<Case>& cases, const MeasuredCases& measured);

}  // namespace dwcp::bench
