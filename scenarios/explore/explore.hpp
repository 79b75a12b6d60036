// dwcp explore: as many seeds of a scenario, or of all scenarios of a suite, as time allows, and of each kind of
// failure the least scenario that fails so.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/units.hpp"

namespace dwcp::scenarios {

struct ExploreOptions {
  std::filesystem::path file;                                    // a scenario; not used with `suite`
  std::string suite = {};                                        // instead of it: every scenario of this suite,
  std::filesystem::path library = "scenarios";                   // which is a folder of this one
  std::vector<std::string> overrides;                            // "key=value"
  std::optional<std::pair<std::uint64_t, std::uint64_t>> seeds;  // from, to; from 1 without end when left out
  Duration time = std::chrono::minutes(10);                      // of wall time, for the seeds; as below
  Duration run_time_max = std::chrono::minutes(2);               // of wall time; a run that takes longer hangs
  unsigned jobs = 1;                                             // runs at once, >= 1
  std::filesystem::path out = "results";
  bool json = false;   // the findings as JSON on standard output, and nothing else
  bool quiet = false;  // no progress
};

// Kinds of failure of a scenario that are minimised, those with the least seeds first; the others are counted.
constexpr std::size_t minimised_kinds_max = 5;
// Wall time that minimising one kind may take, if `time` is not less: what was found by then is written.
constexpr Duration minimise_time_max = std::chrono::minutes(5);

enum class ExploreOutcome { none_failed, some_failed, interrupted };

// Writes `out`/explore/<scenario>/: findings.json, and for each kind of failure a folder with the files of its first
// run and the minimised scenario, <kind>-seed-N.yaml. Of a suite, each seed is tried with all its scenarios in turn,
// and with every combination of a sweep; `out`/explore/<suite>/findings.json has all that was found. The table or JSON
// goes to standard output, progress to standard error. Throws Error before anything runs: bad_scenario (not valid; or
// `world: live`, where a seed does not decide), not_found, bad_value (options), bad_configuration (a build without
// simulator); later storage_failed.
ExploreOutcome explore(const ExploreOptions& options);

// "10min": above 0, at most wall_time_max. Errors: bad_value, bad_unit.
constexpr Duration wall_time_max = std::chrono::hours(10'000);
Result<Duration> parse_wall_time(const std::string& option, const std::string& text);

}  // namespace dwcp::scenarios
