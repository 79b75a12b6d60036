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
  std::vector<std::string> suites;              // every scenario of these folders of `library`, after the files
  std::filesystem::path library = "scenarios";  // folder of suites
  std::optional<std::uint64_t> seed;            // instead of the scenario's
  std::optional<std::pair<std::uint64_t, std::uint64_t>> seeds;  // from, to: one run each
  std::optional<unsigned> repeat;                                // instead of the scenario's
  std::vector<std::string> overrides;                            // "key=value"
  unsigned jobs = 1;                                             // runs at once, >= 1
  std::filesystem::path out = "results";
  bool json = false;                // result.json on `out`, one after the other, and nothing else
  bool quiet = false;               // no progress
  bool report = true;               // report.html of each run, and in `out` one of all where there are several
  bool network_namespaces = false;  // of `world: live`
  std::filesystem::path trace;      // of the only run, for Perfetto; empty: none
  std::filesystem::path captures;   // folder for pcap files of the only run's links, in `world: sim`; empty: none
};

// The worst of all runs.
enum class RunOutcome { passed, threshold_failed, aborted, failed };

// "3..7"; from <= to, at most seeds_max of them.
constexpr std::uint64_t seeds_max = 1'000'000;
Result<std::pair<std::uint64_t, std::uint64_t>> parse_seeds(std::string_view text);

// The scenario files of a suite, by name. Throws Error(not_found) that names the suites that there are.
std::vector<std::filesystem::path> files_of_suite(const std::filesystem::path& library, const std::string& suite);
// Folders of `library` that hold scenarios, but for `common`, whose files are only included. By name.
std::vector<std::string> suites_of(const std::filesystem::path& library);

// Tables and JSON go to standard output, progress to standard error. Throws Error(bad_scenario) before anything has run
// when any file is not valid.
RunOutcome run_scenarios(const RunOptions& options);

}  // namespace dwcp::scenarios
