// What must hold for any bytes that are given as a trace of a link's rate; shared by the fuzz target and the tests.
#pragma once

#include <string>
#include <vector>

#include "engine/base/bytes.hpp"

namespace dwcp::fuzz {

// Refused with its line and a reason; or within the bounds, ascending, and the same when it is written anew and read
// again. Empty when all holds, else what does not.
std::string check_rate_trace(ByteSpan bytes);

// Good bytes: the beginnings of the traces that the project ships, and what else the format allows.
std::vector<ByteVector> rate_trace_examples();

}  // namespace dwcp::fuzz
