#include "bench/micro/hde/cycles.hpp"

#if defined(__x86_64__)
#include <x86intrin.h>

#include <chrono>

namespace dwcp::bench {

double reference_cycles_per_second() {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin = Clock::now();
  const unsigned long long cycles = __rdtsc();
  Clock::time_point end = begin;
  while (end - begin < std::chrono::milliseconds(50)) end = Clock::now();
  return static_cast<double>(__rdtsc() - cycles) / std::chrono::duration<double>(end - begin).count();
}

}  // namespace dwcp::bench
#else
namespace dwcp::bench {
double reference_cycles_per_second() { return 0; }
}  // namespace dwcp::bench
#endif
