// Which of the rare paths that the engine offers (Platform::maybe) are taken in a world, and how often.
//
// Swarm testing (Groce et al., "Swarm Testing", ISSTA 2012): each seed draws which points are on at all, and how hard,
// so that some runs are full of what others never do.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/random.hpp"

namespace dwcp::sim {

class RarePaths {
 public:
  // Each point is on in half of the worlds, there with a chance of up to `chance_max` (0..1) each time. `points`: only
  // these; all when empty.
  void set(double chance_max, std::vector<std::string> points, std::uint64_t seed);
  // Whether the point's path is taken now. `random` is the process's.
  bool take(std::string_view point, Random& random);
  bool any() const { return chance_max_ > 0; }

 private:
  double chance_of(std::string_view point);

  double chance_max_ = 0;
  std::uint64_t seed_ = 0;
  std::vector<std::string> points_;
  std::map<std::string, double, std::less<>> chances_;  // drawn, by point
};

}  // namespace dwcp::sim
