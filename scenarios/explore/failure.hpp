// Why a run is not passed, and whether another run fails in the same way.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "reports/result.hpp"
#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

// Kinds that are no checker and no threshold.
inline const std::string kind_aborted = "aborted";
inline const std::string kind_hang = "hang";  // ended because it took too long
// What the process of a run is found guilty of when it ends without a result (JobProcess).
inline const std::string kind_process = "process";

struct FailureMode {
  enum class Sort { violation, abort, threshold };
  Sort sort = Sort::violation;
  std::string kind;    // the checker, the threshold as the scenario writes it, "aborted", "hang" or "process"
  std::string detail;  // what was found, for a person
  // What must be the same in a run that is smaller:
  std::string pattern;          // of violations and aborts: `detail` without figures and without the scenario's names
  std::set<std::string> names;  // of hosts, VMs, links and switches
  bool aborted = false;         // a violation at the end of a run that was cut short is another matter
  bool migrated = false;        // any migration was asked for
  std::set<std::string> outcomes;  // of migrations, but for "completed"
};

// Of the first violation, else of the abort, else of the first threshold that does not hold; nothing when it passed.
std::optional<FailureMode> failure_of(const Scenario& scenario, const reports::Result& result);

// Whether a run of what is left of that scenario fails as `wanted` says: the same checker with the same words; or the
// same threshold (or an abort) with migrations that come to no other bad end than they did there, and to a bad end if
// they did there. Else leaving out the migration would be the simplest way to fail `migrations.completed == 1`.
bool fails_alike(const FailureMode& wanted, const reports::Result& result);

// The kind as a part of a file's name: "migration.total_time_s-lt-5s". At most kind_name_max bytes.
constexpr std::size_t kind_name_max = 80;
std::string kind_in_file_name(const std::string& kind);

}  // namespace dwcp::scenarios
