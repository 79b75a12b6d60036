// docs/reference/scenario.md, from the table.
#pragma once

#include <string>

#include "scenarios/format/shape.hpp"

namespace dwcp::scenarios {

std::string scenario_reference();
// A section for each kind of mapping in documents of this shape, in the order of their first mention.
std::string reference_sections(const Shape& root);
// scenarios/schema.json, with a line break at its end.
std::string scenario_schema_text();

}  // namespace dwcp::scenarios
