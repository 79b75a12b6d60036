// The folders of runs below a folder of results.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/result.hpp"

namespace dwcp::reports {

struct FinishedRun {
  std::filesystem::path folder;
  Result result;
};

constexpr std::size_t runs_found_max = 100'000;

// The run whose result.json is in `folder`. Throws Error(not_found) or Error(bad_value) that names the file.
FinishedRun read_run(const std::filesystem::path& folder);

struct FoundRuns {
  std::vector<FinishedRun> runs;  // by scenario, swept values and seed
  std::size_t older = 0;          // runs of the same that newer ones stand for
};
// Of each scenario, and each point of a sweep, those runs below `folder` that began together last: their folders have
// the same time in their names, as dwcp run makes them. Links are not followed. Throws Error(not_found) when there are
// none.
FoundRuns find_runs(const std::filesystem::path& folder);

}  // namespace dwcp::reports
