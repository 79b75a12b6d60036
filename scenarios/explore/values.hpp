// What can be made smaller or simpler in a scenario's document without leaving it out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scenarios/format/document.hpp"

namespace dwcp::scenarios {

// One value, or a few that belong together. `simpler` yields documents that differ from the given one in it alone, the
// boldest first; each is simpler in an order that has an end. None when it is as simple as it can be.
struct ValueStep {
  std::string name;  // "memory of web-1"
  std::function<std::vector<Json>(const Json& document)> simpler;
};

// Smaller memory is not tried below this.
constexpr std::uint64_t memory_floor = 1 << 20;
// A run is given so much virtual time after its last event or fault. What agents do to recover would be cut short by
// less, and look like what is searched for.
constexpr int settle_seconds = 60;

// Steps for all values of a concrete document: memory of VMs, duration, faults, dirtying. They hold as long as nothing
// is left out. `shorten`: whether the duration may change; it may not where it is what aborts the run.
std::vector<ValueStep> value_steps(const Json& document, bool shorten);

}  // namespace dwcp::scenarios
