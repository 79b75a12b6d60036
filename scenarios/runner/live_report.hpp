// Reports of agents on their way from a host's process to the conductor.
#pragma once

#include "engine/migration/agent.hpp"
#include "scenarios/format/document.hpp"

namespace dwcp::scenarios {

Json to_json(const migration::Report& report);
migration::Report report_from(const Json& json);
Json to_json(const migration::Progress& progress);
migration::Progress progress_from(const Json& json);

}  // namespace dwcp::scenarios
