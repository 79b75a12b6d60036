// All that a page shows of one run.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace dwcp::reports {

// {"result", "migrations_left_out", "timeline", "events", "events_left_out"} from the files of the run in `folder`, of
// which only result.json must be there: within the bounds of report.hpp. Throws Error(not_found or bad_value) naming
// the file.
nlohmann::ordered_json run_document(const std::filesystem::path& folder);

}  // namespace dwcp::reports
