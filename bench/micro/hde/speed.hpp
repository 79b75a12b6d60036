// What is measured: passes of the encoder and the decoder over a memory of pages, in processor time of one thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "engine/hde/page.hpp"

namespace dwcp::bench {

// One pass over the memory; the result is what it cost and what came out.
struct Pass {
  double seconds = 0;  // processor time of the measured part
  double bytes_in = 0, bytes_out = 0;
};

struct Case {
  std::string name;
  double goal_gb_per_s = 0;  // 0: none is set
  std::string note;
  // Makes the state that the passes share; called when the case is run.
  std::function<std::function<Pass()>(std::size_t memory_bytes)> prepare;
  // Its time is to be less than `beside_max` times that of the case `beside`; empty: there is none.
  std::string beside = {};
  double beside_max = 0;
};

std::vector<Case> kernel_cases();
std::vector<Case> encoder_cases();
std::vector<Case> decoder_cases();
Case memcpy_case();

// Processor time of the calling thread, in seconds.
double thread_seconds();

}  // namespace dwcp::bench
