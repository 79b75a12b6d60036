// Documents as YAML, the way a person writes them.
#pragma once

#include <string>

#include "scenarios/format/shape.hpp"

namespace dwcp::scenarios {

// Keys in the order of the shape, those that it does not have after them; small mappings and lists on one line.
// parse_document() reads it back as the same values. Precondition: `root` is an object.
std::string to_yaml(const Json& root, const Shape& shape);

}  // namespace dwcp::scenarios
