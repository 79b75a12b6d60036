// A program that links counted_heap.cpp has its own operator new, which counts by heap_side.hpp.
#pragma once

#include <cstdint>

#include "engine/base/units.hpp"
#include "tests/property/engine/hde/heap_side.hpp"

namespace dwcp::hde::testing {

// As glibc's malloc takes them: with its header, in steps of 16.
Bytes heap_live(HeapSide side);
// The most since the last call, of the sides apart.
Bytes heap_peak(HeapSide side);
void reset_heap_peak(HeapSide side);

}  // namespace dwcp::hde::testing
