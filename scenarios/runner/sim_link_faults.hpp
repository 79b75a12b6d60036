// Faults of links, on the links of a simulated world.
#pragma once

#include <map>
#include <utility>

#include "scenarios/runner/fault_plan.hpp"
#include "sim/world.hpp"

namespace dwcp::scenarios {

class SimLinkFaults {
 public:
  // Both outlive this; `links` are those of the topology, in its order, when the first fault comes.
  SimLinkFaults(const Topology& topology, const std::vector<sim::Link*>& links) : topology_(topology), links_(links) {}

  // Cuts of a direction may overlap: it carries again when each is over.
  void apply(const CutLink& cut);
  void apply(const RestoreLink& restored);
  void apply(const ChangeLink& changed);

 private:
  const Topology& topology_;
  const std::vector<sim::Link*>& links_;
  std::map<std::pair<std::size_t, sim::Direction>, int> cuts_;
};

}  // namespace dwcp::scenarios
