// docs/reference/scenario.md, from the table.
#pragma once

#include <string>

namespace dwcp::scenarios {

std::string scenario_reference();
// scenarios/schema.json, with a line break at its end.
std::string scenario_schema_text();

}  // namespace dwcp::scenarios
