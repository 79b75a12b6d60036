// All migrations of a run together, against what the network between their hosts can carry.
#pragma once

#include <set>
#include <string>

#include "reports/result.hpp"
#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

// What the links can carry from these hosts to those at once: the maximum flow, which is the least capacity of links
// that part the ones from the others (Ford, Fulkerson, "Maximal Flow through a Network", 1956). Only switches pass
// traffic on. No host is in both sets.
BitRate cut_between(const Topology& topology, const std::set<std::string>& from, const std::set<std::string>& to);

// Metrics migrations.aggregate_goodput_bps and migrations.cut_share, of completed migrations, where no host is both
// source and destination.
void add_aggregate_metrics(reports::Result& result, const Topology& topology);

}  // namespace dwcp::scenarios
