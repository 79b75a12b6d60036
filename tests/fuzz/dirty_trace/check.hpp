// What must hold for any bytes that are given as a trace of a guest's writes; shared by the fuzz target and the tests.
#pragma once

#include <string>
#include <vector>

#include "engine/base/bytes.hpp"

namespace dwcp::fuzz {

// Refused with its line and a reason; or within the bounds, and a replay goes forward: what was written by a time
// never gets less, and a whole length writes every page of the trace once. Empty when all holds, else what does not.
std::string check_dirty_trace(ByteSpan bytes);

// Good bytes: the beginnings of the traces that the project ships, and what else the format allows.
std::vector<ByteVector> dirty_trace_examples();

}  // namespace dwcp::fuzz
