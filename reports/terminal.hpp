// What a person sees of a run.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/result.hpp"
#include "reports/text.hpp"

namespace dwcp::reports {

// One run: its migrations, encodings, thresholds, violations and verdict. `folder`: where the files are; may be empty.
std::string render_result(const Result& result, const Style& style, const std::string& folder);

// One migration alone.
std::string render_migration(const MigrationResult& migration, const Style& style);

// Many runs of one scenario: how many passed, and how their figures spread.
std::string render_summary(const std::vector<Result>& results, const Style& style);

// What many runs are told apart by, and the runs.
struct RowOfRuns {
  std::vector<std::string> labels;
  std::vector<Result> results;  // not empty
};
// A line for each row: its labels under `headers`, how many passed, and the medians of the figures that matter most, of
// those that the runs have. Below, what failed first in each row, and the command that runs it again.
std::string render_rows(const std::vector<std::string>& headers, const std::vector<RowOfRuns>& rows,
                        const Style& style);

// Where a run is.
struct RunProgress {
  Duration virtual_time{0};
  double wall_s = 0;
  double events_per_second = 0;  // 0: unknown
  double migrated = 0;           // share of all migrations' memory, 0..1
  std::optional<double> eta_s;   // wall time
  std::string phase;             // "round 3, downtime 84 ms predicted"
};
// One line, without a line break; fits style.width.
std::string render_progress(const RunProgress& progress, const std::string& name, const Style& style);
// Several runs at once.
std::string render_progress(std::size_t done, std::size_t failed, std::size_t total, double wall_s,
                            const std::string& name, const Style& style);

}  // namespace dwcp::reports
