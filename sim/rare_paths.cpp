#include "sim/rare_paths.hpp"

#include <algorithm>

namespace dwcp::sim {

void RarePaths::set(double chance_max, std::vector<std::string> points, std::uint64_t seed) {
  chance_max_ = chance_max;
  points_ = std::move(points);
  seed_ = seed;
  chances_.clear();
}

double RarePaths::chance_of(std::string_view point) {
  if (const auto known = chances_.find(point); known != chances_.end()) return known->second;
  Random random(seed_, "rare." + std::string(point));
  const bool named = points_.empty() || std::ranges::find(points_, point) != points_.end();
  const double chance = named && random.chance(0.5) ? random.uniform() * chance_max_ : 0;
  return chances_.emplace(point, chance).first->second;
}

bool RarePaths::take(std::string_view point, Random& random) {
  if (!any()) return false;
  const double chance = chance_of(point);
  return chance > 0 && random.chance(chance);
}

}  // namespace dwcp::sim
