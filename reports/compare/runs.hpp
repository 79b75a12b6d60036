// Runs and benches as they lie in folders and files, reduced to what is compared.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/base/error.hpp"
#include "reports/compare/metric_table.hpp"
#include "reports/result.hpp"

namespace dwcp::reports {

// What runs must share to be compared with one another.
struct Subject {
  std::string name;                          // of the scenario or bench
  std::map<std::string, std::string> swept;  // what a sweep gave it
  friend auto operator<=>(const Subject&, const Subject&) = default;
};
// "internet/clean-100ms", "chaos/slow-disk [faults.0.storage.host=b]"
std::string to_string(const Subject&);

struct Figure {
  double value = 0;
  std::string unit;  // of a bench's row; empty: the metric's name tells
};

struct Run {
  Subject subject;
  bool bench = false;
  bool simulated = false;  // virtual time: the seed decides, given program and scenario
  std::uint64_t seed = 0;
  std::string file;              // the scenario's
  std::string order;             // sorts runs of one seed by age: the name of the folder
  std::filesystem::path folder;  // of its result.json, and of the files beside it; empty where there is none
  std::string commit, machine, fidelity, world, scenario_hash;
  std::vector<std::string> overrides;
  std::map<std::string, std::string> versions;
  bool passed = true;
  std::string failure;  // why not, in a line
  std::string reproduce;
  std::map<std::string, Figure> figures;  // by metric; a distribution is four of them
};

// A result without what only tells about it: every metric, and run.passed, run.virtual_time_s and run.wall_time_s.
Run run_of(const Result& result);

constexpr std::uintmax_t result_bytes_max = 64 << 20;
constexpr std::size_t result_files_max = 200'000;

// All that `path` holds: a folder with result.json files at any depth (links are not followed, so `latest` adds
// nothing) and with benches' JSON files; one such file; or what `dwcp run --json` printed, results one after the other.
// Sorted by subject, seed and age. Failure(not_found) where there is nothing, bad_value naming the file that cannot be
// read.
dwcp::Result<std::vector<Run>> read_runs(const std::filesystem::path& path);

// Of a bench's figure by its unit, and of a metric by the table.
MetricTraits traits_of(const Run& run, const std::string& metric);

}  // namespace dwcp::reports
