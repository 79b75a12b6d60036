// What an exploration found: as a table, and as JSON.
#pragma once

#include <map>

#include "reports/text.hpp"
#include "scenarios/explore/failure.hpp"
#include "scenarios/format/document.hpp"

namespace dwcp::scenarios {

constexpr int exploration_schema_version = 1;
constexpr std::size_t seeds_listed_max = 10;  // of each kind of failure

// How much a scenario has of each kind of part: "faults", "VMs", ... (parts.hpp).
using PartCounts = std::vector<std::pair<std::string, std::size_t>>;
PartCounts count_parts(const Json& document);

struct MinimisedFile {
  std::filesystem::path file;  // empty: the failure was not seen again with its faults made explicit
  std::string replay;          // the command that runs it
  PartCounts before, after;
  std::size_t runs = 0;   // that it took
  bool complete = false;  // nothing more can be left out
};

// Failures of one kind.
struct KindOfFailure {
  FailureMode mode;       // of the least seed seen
  std::string reproduce;  // the command that runs that seed
  std::uint64_t count = 0;
  std::vector<std::uint64_t> seeds;  // the least, ascending; at most seeds_listed_max
  std::filesystem::path folder;      // of the least seed's run
  std::optional<MinimisedFile> minimised;

  // Whether it is the least seed so far.
  bool add(std::uint64_t seed);
};

struct Findings {
  std::string scenario, about, file, commit;
  std::vector<std::string> swept;  // "key=value": the combination of its sweep, where it is one of several
  std::uint64_t seeds_tried = 0, first_seed = 0, last_seed = 0, passed = 0;
  double wall_s = 0;  // of the seeds, without minimising
  unsigned jobs = 1;
  bool interrupted = false;
  std::map<std::string, KindOfFailure> kinds;

  std::uint64_t failed() const { return seeds_tried - passed; }
  double seeds_per_second() const { return wall_s > 0 ? static_cast<double>(seeds_tried) / wall_s : 0; }
};

// Of all scenarios of a suite.
struct SuiteFindings {
  std::string suite, commit;
  double wall_s = 0;  // of the seeds, without minimising
  unsigned jobs = 1;
  bool interrupted = false;
  std::vector<Findings> scenarios;  // each combination of a sweep for itself
};

// Keys are stable; new ones may be added. With a line break at the end.
std::string to_json(const Findings& findings);
std::string to_json(const SuiteFindings& suite);
std::string render_findings(const Findings& findings, const reports::Style& style);
// A line for each scenario, then each kind of failure with the scenario's name.
std::string render_findings(const SuiteFindings& suite, const reports::Style& style);

}  // namespace dwcp::scenarios
