// The graph of machines and links, and the way from each machine to each address. Hosts do not forward, routers do.
// Routing is static and by address: every end of every link has an address of its own, and packets to it arrive over
// that very link, so that a host with several links has several paths.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/units.hpp"

namespace dwcp::sim {

using NodeIndex = std::uint32_t;
using LinkIndex = std::uint32_t;

class Topology {
 public:
  // 10.0.0.0/8 in subnets of four addresses.
  static constexpr std::size_t links_max = 1u << 22;

  NodeIndex add_node(bool forwards);
  // `cost` is what a path sums up; less is better. Throws Error(bad_value) for a link from a node to itself.
  LinkIndex add_link(NodeIndex a, NodeIndex b, Duration cost);
  std::size_t nodes() const { return nodes_.size(); }
  std::size_t links() const { return links_.size(); }

  struct Ends {
    NodeIndex a, b;
  };
  Ends ends(LinkIndex link) const { return {links_[link].a, links_[link].b}; }
  const std::vector<LinkIndex>& links_of(NodeIndex node) const { return nodes_[node].links; }
  // IPv4, host order.
  std::uint32_t address(LinkIndex link, NodeIndex end) const;
  struct Owner {
    LinkIndex link;
    NodeIndex end;
  };
  // Whose the address is; nothing when it is nobody's.
  std::optional<Owner> owner(std::uint32_t address) const;

  // For one address, by node: the link to leave by, or nothing when there is no way. The owner itself has nothing.
  using NextHops = std::vector<std::optional<LinkIndex>>;
  NextHops next_hops(LinkIndex link, NodeIndex end) const;
  // The links from `from` to the address whose next hops these are, `end` being its owner; empty when there is no way.
  std::vector<LinkIndex> path(NodeIndex from, NodeIndex end, const NextHops& hops) const;

 private:
  struct Node {
    bool forwards;
    std::vector<LinkIndex> links;
  };
  struct Link {
    NodeIndex a, b;
    Duration cost;
  };
  NodeIndex other(LinkIndex link, NodeIndex node) const {
    return links_[link].a == node ? links_[link].b : links_[link].a;
  }

  std::vector<Node> nodes_;
  std::vector<Link> links_;
};

}  // namespace dwcp::sim
