// Scenario documents as YAML that a person would write, and that parse_document() reads back as the same values.
#pragma once

#include <string>

#include "scenarios/format/document.hpp"

namespace dwcp::scenarios {

// Keys in the order of the table, those that it does not have after them; small mappings and lists on one line. Ends
// with a line break. Precondition: `document` is an object.
std::string to_yaml(const Json& document);

}  // namespace dwcp::scenarios
