#include "scenarios/explore/quantities.hpp"

#include <array>

namespace dwcp::scenarios {
namespace {

struct WholeUnit {
  std::uint64_t factor;
  const char* name;
};

// The last one is 1 of the quantity's own unit.
template <std::size_t n>
std::string in_whole_units(std::uint64_t value, const std::array<WholeUnit, n>& units) {
  for (const WholeUnit& unit : units)
    if (value % unit.factor == 0 && (value != 0 || unit.factor == 1))
      return std::to_string(value / unit.factor) + unit.name;
  return std::to_string(value) + units.back().name;
}

constexpr std::array<WholeUnit, 5> duration_units{
    {{3600'000'000'000, "h"}, {1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}, {1, "ns"}}};
constexpr std::array<WholeUnit, 4> size_units{{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}, {1, "B"}}};
constexpr std::array<WholeUnit, 4> rate_units{
    {{1'000'000'000, "Gbit/s"}, {1'000'000, "Mbit/s"}, {1'000, "kbit/s"}, {1, "bit/s"}}};

}  // namespace

std::string exact_text(Duration duration) {
  return in_whole_units(static_cast<std::uint64_t>(duration.count()), duration_units);
}
std::string exact_text(Bytes size) { return in_whole_units(size.value, size_units); }
std::string exact_text(BitRate rate) { return in_whole_units(rate.value, rate_units); }

std::vector<std::uint64_t> smaller_values(std::uint64_t value, std::uint64_t floor) {
  std::vector<std::uint64_t> values;
  if (value <= floor) return values;
  const std::uint64_t above = value - floor;
  for (const std::uint64_t candidate :
       {floor, floor + above / 16, floor + above / 4, floor + above / 2, floor + above / 4 * 3})
    if (candidate < value && (values.empty() || candidate > values.back())) values.push_back(candidate);
  return values;
}

std::vector<Duration> rounder_durations(Duration value) {
  using namespace std::chrono_literals;
  std::vector<Duration> values;
  for (const Duration unit : {Duration(1s), Duration(100ms), Duration(10ms), Duration(1ms)}) {
    const Duration rounded = value / unit * unit;
    if (rounded < value && rounded > Duration::zero()) values.push_back(rounded);
  }
  return values;
}

}  // namespace dwcp::scenarios
