#include "sim/work_model.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace dwcp::sim {
namespace {

constexpr double GB = 1e9;

struct LevelSpeed {
  int level;
  double bytes_per_second;
};
// Batches of guest memory, with the parameters of engine/hde/codec.cpp.
constexpr LevelSpeed zstd_encode[] = {{1, 0.36 * GB}, {3, 0.25 * GB}, {9, 0.04 * GB}, {19, 0.002 * GB}};
constexpr LevelSpeed zstd_decode[] = {{1, 1.05 * GB}, {3, 1.0 * GB}};

template <std::size_t N>
double interpolate(const LevelSpeed (&table)[N], int level) {
  const auto above = std::find_if(std::begin(table), std::end(table), [&](auto& row) { return row.level >= level; });
  if (above == std::end(table)) return table[N - 1].bytes_per_second;
  if (above == std::begin(table) || above->level == level) return above->bytes_per_second;
  const auto& below = *std::prev(above);
  const double share = static_cast<double>(level - below.level) / (above->level - below.level);
  return below.bytes_per_second * std::pow(above->bytes_per_second / below.bytes_per_second, share);
}

}  // namespace

double bytes_per_second(platform::WorkKind kind, int level) {
  using enum platform::WorkKind;
  switch (kind) {
    case copy:
      return 9.0 * GB;
    case match:
      return 1.6 * GB;
    case zero_check:
      return 19 * GB;
    case hash:
      return 12.2 * GB;
    case delta_encode:
      return 2.75 * GB;
    case delta_decode:
      return 12 * GB;
    case lz4_encode:
      return 0.63 * GB;
    case lz4_decode:
      return 3.0 * GB;
    case platform::WorkKind::zstd_encode:
      return interpolate(sim::zstd_encode, level);
    case platform::WorkKind::zstd_decode:
      return interpolate(sim::zstd_decode, level);
  }
  throw Error(Errc::internal, "kind of work " + std::to_string(static_cast<int>(kind)) + " is not in the table");
}

Duration modelled_time(const platform::WorkList& work, double speed) {
  double seconds = 0;
  for (const auto& w : work) seconds += static_cast<double>(w.input.value) / bytes_per_second(w.kind, w.level);
  return from_seconds(seconds / speed);
}

}  // namespace dwcp::sim
