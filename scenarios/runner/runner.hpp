// dwcp run: from files and options to results, a table on the terminal, and an outcome.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/error.hpp"

namespace dwcp::scenarios {

struct RunOptions {
  std::vector<std::filesystem::path> files;
  std::optional<std::uint64_t> seed;                             // instead of the scenario's
  std::optional<std::pair<std::uint64_t, std::uint64_t>> seeds;  // from, to: one run each
  std::optional<unsigned> repeat;                                // instead of the scenario's
  std::vector<std::string> overrides;                            // "key=value"
  unsigned jobs = 1;                                             // runs at once, >= 1
  std::filesystem::path out = "results";
  bool json = false;                // result.json on `out`, one after the other, and nothing else
  bool quiet = false;               // no progress
  bool network_namespaces = false;  // of `world: live`
};

// The worst of all runs.
enum class RunOutcome { passed, threshold_failed, aborted, failed };

// "3..7"; from <= to, at most seeds_max of them.
constexpr std::uint64_t seeds_max = 1'000'000;
Result<std::pair<std::uint64_t, std::uint64_t>> parse_seeds(std::string_view text);

// Tables and JSON go to standard output, progress to standard error. Throws Error(bad_scenario) before anything has run
// when any file is not valid.
RunOutcome run_scenarios(const RunOptions& options);

}  // namespace dwcp::scenarios
