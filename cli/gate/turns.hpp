// Two programs run the same scenarios in turns.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "reports/gate/wall_clock.hpp"

namespace dwcp::cli {

struct Turns {
  std::filesystem::path before, now;  // programs
  std::vector<std::filesystem::path> scenarios;
  unsigned repeats = 10;         // of each program and scenario, >= 1
  std::filesystem::path folder;  // for results
};

// Wall time of each run, and processor time of each file's runs. The program that begins changes with each repeat, so
// that neither has the warmer machine. `on_run` is told how many of how many runs are over.
std::vector<reports::WallSeries> measure_in_turns(const Turns& turns,
                                                  const std::function<void(std::size_t, std::size_t)>& on_run);

}  // namespace dwcp::cli
