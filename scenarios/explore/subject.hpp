// One scenario under exploration: what its seeds did, and the least scenarios that fail as they did.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "reports/progress_line.hpp"
#include "scenarios/explore/findings.hpp"
#include "scenarios/explore/run_pool.hpp"

namespace dwcp::scenarios {

class Subject {
 public:
  // `overrides` were applied to the document, and are part of the command that reproduces a run; `swept` are those of
  // them that tell it from others of its name. What is found goes to `folder`. Throws Error(bad_scenario): not valid,
  // or `world: live`, where a seed does not decide.
  Subject(Document document, std::filesystem::path file, std::vector<std::string> overrides,
          std::vector<std::string> swept, std::filesystem::path folder, unsigned jobs);

  const Findings& findings() const { return findings_; }
  const std::filesystem::path& folder() const { return folder_; }

  // Precondition: pool.has_room().
  void start(RunPool& pool, std::uint64_t ticket, std::uint64_t seed) const;
  // Counts the run, and keeps its files when its seed is the least that failed so.
  void take(RunPool& pool, const EndedRun& run, std::uint64_t seed);
  // Makes small what failed with the least seeds, minimised_kinds_max kinds of it, each for `time_max` of wall time.
  // Precondition: pool.idle(). Ends early when the user interrupts.
  void minimise_kinds(RunPool& pool, Duration time_max, reports::ProgressLine& line);
  // Writes findings.json.
  void finish(double wall_s, bool interrupted);

 private:
  std::string reproduce_line(std::uint64_t seed) const;
  std::string base_name(const std::string& kind, std::uint64_t seed);
  void minimise_kind(KindOfFailure& failure, RunPool& pool, Duration time_max, reports::ProgressLine& line);
  void write_scenario(const std::filesystem::path& file, const Json& document, const KindOfFailure& failure) const;

  Document document_;
  Scenario scenario_;
  std::filesystem::path file_;
  std::vector<std::string> overrides_;
  std::filesystem::path folder_;
  Findings findings_;
  std::map<std::string, std::string> names_;  // of kinds, in file names
  std::set<std::string> taken_;
};

// The scenario of a file, whose folder is `out`/explore/<scenario>; with `combinations`, one for each of its sweep, in
// folders within that. Without, throws Error(bad_scenario) when there are several. Throws as Subject and load_sweep().
std::vector<Subject> subjects_of(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                                 bool combinations, const std::filesystem::path& out, unsigned jobs);

// Throws Error(storage_failed) naming the file.
void write_text(const std::filesystem::path& path, const std::string& text);

}  // namespace dwcp::scenarios
