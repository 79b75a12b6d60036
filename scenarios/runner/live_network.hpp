// Where the hosts of a live world reach each other: addresses on loopback, or network namespaces joined by veth pairs
// that are there as long as the processes in them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/platform/endpoint.hpp"
#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

struct LiveNetwork {
  // By host: where its agent listens, one for each of its links, in the order of topology.links.
  std::map<std::string, std::vector<platform::Endpoint>> listen;
  // By link: where its two ends listen, as in Link::between.
  std::vector<std::pair<platform::Endpoint, platform::Endpoint>> ends;
  bool shaped = false;  // links have the rates that the scenario says
};

// On loopback, with ports that are free now.
LiveNetwork loopback_network(const Topology& topology);

// Joins the network namespaces of these processes as the topology says, with rates (tc tbf), and with delays and losses
// where the kernel has netem. Throws Error(bad_configuration) with the words of ip or tc.
LiveNetwork namespace_network(const Topology& topology, const std::map<std::string, int>& processes);

}  // namespace dwcp::scenarios
