// Budgets of memory within what the host has to spare: Platform::memory_available() is asked when a budget is set and
// when memory that is under one grows.
#pragma once

#include <algorithm>

#include "engine/base/units.hpp"

namespace dwcp::platform {

// What one budget may claim of the memory that is there: there are several, and guests beside them.
constexpr std::uint64_t budget_share = 4;
// Not taken for bulk data even so: who runs a host to its last page is what the kernel ends first.
constexpr Bytes memory_reserve = MiB(32);

// `wanted`, or less where memory is short.
constexpr Bytes budget_within(Bytes wanted, Bytes available) {
  return std::min(wanted, Bytes(available.value / budget_share));
}

// Whether what has a budget may take `more` of it now.
constexpr bool may_grow(Bytes more, Bytes available) {
  return available >= memory_reserve && available - memory_reserve >= more;
}

}  // namespace dwcp::platform
