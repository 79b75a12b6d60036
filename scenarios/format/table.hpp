// The one table of what a scenario file may say.
#pragma once

#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

// All other tables are reached from this one's shape.
template <>
const ObjectTable<Scenario>& table_of<Scenario>();

const Shape& scenario_shape();

}  // namespace dwcp::scenarios
