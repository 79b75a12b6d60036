// Recording a baseline.
#pragma once

#include <span>

#include "reports/gate/baseline.hpp"

namespace dwcp::reports {

struct UpdateOptions {
  std::string why;            // not empty
  std::string date;           // "2026-01-31"
  bool drop_missing = false;  // forget what the baseline has and was not run
  // Runs of the same scenarios and seeds under changes that ought not to matter (another version of a library, events
  // some microseconds later): where a figure moved by more than the table tolerates, the scenario gets a tolerance of
  // spread_margin times as much. Tolerances that are there are never narrowed, and what the table has exact stays
  // exact.
  std::span<const Run> neighbours;
};
constexpr double spread_margin = 1.25;

struct Updated {
  std::size_t recorded = 0, added = 0, kept = 0, dropped = 0, widened = 0;
};

// Takes the figures of `runs`, of each seed the newest, into the baseline. Failure(bad_value) where a run did not pass,
// is not simulated, or was given --set, naming it: such figures are not to be kept.
dwcp::Result<Updated> update_baseline(Baseline& baseline, const std::vector<Run>& runs, const UpdateOptions& options);

// Writes the file in one step. Throws Error(storage_failed) naming what could not be written.
void write_baseline(const Baseline& baseline, const std::filesystem::path& file);

}  // namespace dwcp::reports
