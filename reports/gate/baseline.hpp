// Figures that were accepted, and why.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/compare/runs.hpp"
#include "reports/gate/tolerance.hpp"

namespace dwcp::reports {

constexpr int baseline_schema_version = 1;
constexpr std::size_t reasons_max = 20;  // in a file; the oldest go
constexpr std::uintmax_t baseline_bytes_max = 16 << 20;

struct Reason {
  std::string date;  // "2026-01-31", UTC
  std::string commit, why;
  std::size_t scenarios = 0;  // that were recorded
};

struct BaselineScenario {
  Subject subject;
  std::uint64_t seed = 0;
  std::string file, scenario_hash, commit, date;
  std::string built_with;  // compiler and libraries, as libraries_of() has them
  Tolerances tolerances;
  std::map<std::string, double> metrics;
};
// "internet/clean-100ms, seed 1": how people and files name it.
std::string name_of(const Subject& subject, std::uint64_t seed);

struct Baseline {
  std::filesystem::path file;   // from where it came; empty: none
  std::vector<Reason> history;  // the newest first
  Tolerances tolerances;
  std::map<std::string, BaselineScenario> scenarios;  // by name_of()
};

// Compiler and libraries of a run, in a line: what may decide figures beside scenario, seed and program.
std::string libraries_of(const Run& run);

// Whether a baseline holds a metric: it follows from the seed, and is gated or not zero.
bool is_recorded(const std::string& metric, double value);

// JSON with one metric a line, sorted, and a line break at its end; parse_baseline() gives it back as it was.
std::string to_json(const Baseline& baseline);
// Failure(bad_value) that names what is wrong; `file` is for messages and Baseline::file.
dwcp::Result<Baseline> parse_baseline(std::string_view text, const std::filesystem::path& file);

// A file, or all *.json of a folder, by name. Failure(not_found) where there is none.
dwcp::Result<std::vector<Baseline>> read_baselines(const std::filesystem::path& path);

}  // namespace dwcp::reports
