// JSON values as YAML that a person would write, and that parse_document() reads back as the same values.
#pragma once

#include <string>

#include "scenarios/format/document.hpp"

namespace dwcp::scenarios {

// Mappings in blocks, lists of plain values in one line; ends with a line break.
std::string to_yaml(const Json& value);

}  // namespace dwcp::scenarios
