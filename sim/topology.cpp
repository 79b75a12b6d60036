#include "sim/topology.hpp"

#include <queue>
#include <tuple>

#include "engine/base/error.hpp"

namespace dwcp::sim {
namespace {

constexpr std::uint32_t first_subnet = 10u << 24;
// Among ways of equal cost the one with fewer hops: each hop costs a little.
constexpr Duration hop_cost = std::chrono::microseconds(1);

}  // namespace

NodeIndex Topology::add_node(bool forwards) {
  nodes_.push_back({forwards, {}});
  return static_cast<NodeIndex>(nodes_.size() - 1);
}

LinkIndex Topology::add_link(NodeIndex a, NodeIndex b, Duration cost) {
  if (a == b) throw Error(Errc::bad_value, "a link from a machine to itself: it must join two machines");
  if (links_.size() == links_max) throw Error(Errc::out_of_budget, "more than " + std::to_string(links_max) + " links");
  const auto link = static_cast<LinkIndex>(links_.size());
  links_.push_back({a, b, cost + hop_cost});
  nodes_[a].links.push_back(link);
  nodes_[b].links.push_back(link);
  return link;
}

std::uint32_t Topology::address(LinkIndex link, NodeIndex end) const {
  return first_subnet + 4 * link + (links_[link].a == end ? 1 : 2);
}

std::optional<Topology::Owner> Topology::owner(std::uint32_t address) const {
  if (address < first_subnet) return {};
  const std::uint32_t link = (address - first_subnet) / 4, place = (address - first_subnet) % 4;
  if (link >= links_.size() || (place != 1 && place != 2)) return {};
  return Owner{link, place == 1 ? links_[link].a : links_[link].b};
}

// Dijkstra from the far end of the address's link, backwards through machines that forward.
Topology::NextHops Topology::next_hops(LinkIndex link, NodeIndex end) const {
  NextHops hops(nodes_.size());
  std::vector<Duration> distance(nodes_.size(), Duration::max());
  using Candidate = std::tuple<Duration, LinkIndex, NodeIndex>;  // ties go to the older link: deterministic
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> open;
  const NodeIndex gate = other(link, end);
  distance[gate] = Duration::zero();
  hops[gate] = link;
  open.emplace(Duration::zero(), link, gate);
  while (!open.empty()) {
    const auto [reached, by, node] = open.top();
    open.pop();
    if (reached > distance[node] || !nodes_[node].forwards) continue;
    for (const LinkIndex next : nodes_[node].links) {
      const NodeIndex neighbour = other(next, node);
      const Duration total = reached + links_[next].cost;
      if (neighbour == end || total >= distance[neighbour]) continue;
      distance[neighbour] = total;
      hops[neighbour] = next;
      open.emplace(total, next, neighbour);
    }
  }
  return hops;
}

std::vector<LinkIndex> Topology::path(NodeIndex from, NodeIndex end, const NextHops& hops) const {
  std::vector<LinkIndex> links;
  for (NodeIndex node = from; node != end; node = other(links.back(), node)) {
    if (!hops[node]) return {};
    links.push_back(*hops[node]);
  }
  return links;
}

}  // namespace dwcp::sim
