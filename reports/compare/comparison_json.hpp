// A comparison as one document: what comparison_json() writes, and what its page begins with.
#pragma once

#include <nlohmann/json.hpp>

#include "reports/compare/compare.hpp"

namespace dwcp::reports {

nlohmann::ordered_json comparison_document(const Comparison& comparison);

}  // namespace dwcp::reports
