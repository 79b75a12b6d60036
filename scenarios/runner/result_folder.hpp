// results/<scenario>/<time>-<seed>/, and the link `latest` beside it.
#pragma once

#include <filesystem>
#include <string>

#include "reports/result.hpp"
#include "reports/timeline.hpp"

namespace dwcp::scenarios {

// Creates the folder of one run; `time` is "20260131-235959". A name that is taken gets a number. Throws
// Error(storage_failed) naming what could not be made.
std::filesystem::path make_result_folder(const std::filesystem::path& out, const std::string& scenario,
                                         const std::string& time, std::uint64_t seed);
// Now, as such a time (UTC).
std::string folder_time();

// Writes result.json and junit.xml, and makes `latest` point to the folder.
void write_results(const std::filesystem::path& folder, const reports::Result& result);

// report.html, of what is there.
void write_run_report(const std::filesystem::path& folder);
// timeline.json.
void write_timeline(const std::filesystem::path& folder, const reports::Timeline& timeline);

}  // namespace dwcp::scenarios
