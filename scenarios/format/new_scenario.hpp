// A scenario to begin with.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/error.hpp"

namespace dwcp::scenarios {

// The text of a small, valid scenario of that name, with remarks. bad_value when it is no "suite/name".
Result<std::string> new_scenario(std::string_view name);

}  // namespace dwcp::scenarios
