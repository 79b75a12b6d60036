// What one line of a scenario stands for many: a fabric of racks, a VM on each of many hosts, an evacuation of many.
#pragma once

#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

// A fabric has at most so many; larger ones are left as they are, and refused.
constexpr std::size_t fabric_hosts_max = 10'000;
// The hosts, switches and links of Topology::fabric, after those that are named one by one.
// Returns its hosts whose names are taken.
std::vector<std::string> expand_fabric(Topology& topology);
// A VM whose host is a pattern becomes one on each host that matches, named NAME-HOST. It stays as it is when none
// does.
// Returns the names that come twice.
std::vector<std::string> expand_vms(Scenario& scenario);
// An evacuation of a pattern becomes one of each host that matches; patterns of destinations become hosts.
void expand_evacuations(Scenario& scenario);

}  // namespace dwcp::scenarios
