// The ways between hosts.
#pragma once

#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

struct Path {
  std::vector<std::size_t> links;  // indices into topology.links, in order
  std::size_t last() const { return links.back(); }
};

// From host a to host b: for each link of b over which a reaches it, the way of the least delay, as packets to b's
// address on that link go. Only switches pass packets on.
std::vector<Path> paths_between(const Topology& topology, const std::string& a, const std::string& b);

Duration delay_of(const Topology& topology, const Path& path);  // one way
BitRate rate_of(const Topology& topology, const Path& path);    // of its slowest link
// One way, to the host that is farthest from this one; 0 when it reaches none.
Duration farthest_from(const Topology& topology, const std::string& host);
// What all paths can carry together: the slowest link of each, and no more than the links at either end.
BitRate rate_between(const Topology& topology, const std::string& a, const std::string& b);

}  // namespace dwcp::scenarios
