// report.html, from the files that runs leave: what is in it is said in docs/reports.md.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reports/run_folders.hpp"

namespace dwcp::reports {

constexpr const char* report_file = "report.html";

// What one report holds at most; it says what was left out.
constexpr std::size_t report_values_max = 400'000;    // points of all time lines together
constexpr std::size_t report_events_max = 8'000;      // of the kinds that are shown
constexpr std::size_t report_migrations_max = 2'500;  // in its table
constexpr std::size_t report_runs_max = 4'000;

// Of the run in `folder`, from its result.json, timeline.json and events.jsonl, of which only the first must be there.
// Throws Error(not_found or bad_value) naming the file.
std::string run_report(const std::filesystem::path& folder);

// Of many runs, not empty. Links to their reports are relative to `beside`, the folder that the report is meant for.
// `older`: runs that were left aside for newer ones.
std::string runs_report(const std::vector<FinishedRun>& runs, const std::filesystem::path& beside, std::size_t older);

// Writes it. Throws Error(storage_failed) naming the file.
void write_report(const std::filesystem::path& file, const std::string& html);

}  // namespace dwcp::reports
