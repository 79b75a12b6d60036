#include "bench/micro/hde/verdict.hpp"

#include <cstdio>

#include "bench/micro/hde/cycles.hpp"

namespace dwcp::bench {
namespace {

std::string number(double value, const char* format) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

std::vector<Verdict> verdicts(const Case& c, const MeasuredCases& measured) {
  std::vector<Verdict> list;
  const auto own = measured.find(c.name);
  if (own == measured.end()) return list;
  if (c.goal_gb_per_s > 0)
    list.push_back(
        {own->second.gb_per_s >= c.goal_gb_per_s, "goal: at least " + number(c.goal_gb_per_s, "%.1f") + " GB/s"});
  if (const auto other = measured.find(c.beside); other != measured.end()) {
    const double times = other->second.gb_per_s / own->second.gb_per_s;
    list.push_back({times < c.beside_max, number(times, "%.3f") + " of the time of " + c.beside + ", goal: less than " +
                                              number(c.beside_max, "%.2f")});
  }
  return list;
}

void print_verdicts(const std::vector<Case>& cases, const MeasuredCases& measured) {
  const double cycles = reference_cycles_per_second();
  std::printf("\n%-28s%10s%16s\n", "", "GB/s", "bytes/cycle");
  for (const Case& c : cases) {
    const auto own = measured.find(c.name);
    if (own == measured.end()) continue;
    const double speed = own->second.gb_per_s;
    std::printf("%-28s%10.2f%16s", c.name.c_str(), speed,
                cycles > 0 ? number(speed * 1e9 / cycles, "%.2f").c_str() : "-");
    for (const Verdict& verdict : verdicts(c, measured))
      std::printf("   %s %s", verdict.holds ? "✓" : "✗", verdict.text.c_str());
    std::printf("\n");
  }
  if (cycles > 0) std::printf("A reference cycle is %.3f ns, whatever the processor's clock was.\n", 1e9 / cycles);
}

}  // namespace dwcp::bench
