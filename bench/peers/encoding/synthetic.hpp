// A corpus of made-up memory, for trying the bench where no guest was captured. Its figures say nothing of guests.
#pragma once

#include <string>

#include "engine/base/units.hpp"

namespace dwcp::bench {

// Writes manifest.json and four captures of `memory` to `folder`, always the same. Throws std::runtime_error.
void write_synthetic(const std::string& folder, Bytes memory);

}  // namespace dwcp::bench
