#include "scenarios/format/paths.hpp"

#include <algorithm>
#include <queue>
#include <set>
#include <utility>

namespace dwcp::scenarios {
namespace {

const std::string& other_end(const Link& link, const std::string& node) {
  return link.between.front() == node ? link.between.back() : link.between.front();
}

bool joins(const Link& link, const std::string& node) {
  return link.between.front() == node || link.between.back() == node;
}

struct Reached {
  Duration delay;
  std::size_t link;  // over which it was reached
};

// Dijkstra from `start`, which `delay` and `over` led to, over switches; `done` ends it.
template <class Done>
std::map<std::string, Reached> reach(const Topology& topology, const std::string& start, Reached from, Done done) {
  const std::set<std::string> switches(topology.switches.begin(), topology.switches.end());
  std::map<std::string, std::vector<std::size_t>> links_of;
  for (std::size_t i = 0; i < topology.links.size(); ++i)
    for (const std::string& node : topology.links[i].between) links_of[node].push_back(i);
  using Open = std::pair<Duration, std::string>;
  std::map<std::string, Reached> best{{start, from}};
  std::priority_queue<Open, std::vector<Open>, std::greater<>> open;
  open.push({from.delay, start});
  bool first = true;
  while (!open.empty()) {
    const auto [delay, node] = open.top();
    open.pop();
    if (done(node)) break;
    const bool passes_on = std::exchange(first, false) || switches.contains(node);
    if (delay > best.at(node).delay || !passes_on) continue;
    for (const std::size_t i : links_of[node]) {
      if (i == from.link) continue;
      const std::string& next = other_end(topology.links[i], node);
      const Duration sum = delay + topology.links[i].delay;
      const auto known = best.find(next);
      if (known != best.end() && known->second.delay <= sum) continue;
      best.insert_or_assign(next, Reached{sum, i});
      open.push({sum, next});
    }
  }
  return best;
}

// From a to the machine before b's link, and over that. Empty when there is no way.
std::vector<std::size_t> way(const Topology& topology, const std::string& a, const std::string& before_b,
                             std::size_t last) {
  if (std::ranges::find(topology.switches, before_b) == topology.switches.end()) return {};
  const Reached from{topology.links[last].delay, last};
  const auto best = reach(topology, before_b, from, [&](const std::string& node) { return node == a; });
  if (!best.contains(a)) return {};
  std::vector<std::size_t> links;
  for (std::string node = a; links.empty() || links.back() != last;
       node = other_end(topology.links[links.back()], node))
    links.push_back(best.at(node).link);
  return links;
}

}  // namespace

std::vector<Path> paths_between(const Topology& topology, const std::string& a, const std::string& b) {
  std::vector<Path> paths;
  for (std::size_t i = 0; i < topology.links.size(); ++i) {
    const Link& link = topology.links[i];
    if (!joins(link, b)) continue;
    if (joins(link, a))
      paths.push_back({{i}});
    else if (auto links = way(topology, a, other_end(link, b), i); !links.empty())
      paths.push_back({std::move(links)});
  }
  return paths;
}

Duration farthest_from(const Topology& topology, const std::string& host) {
  const auto never = [](const std::string&) { return false; };
  Duration most{0};
  for (const auto& [node, reached] : reach(topology, host, {Duration(0), topology.links.size()}, never))
    if (topology.hosts.contains(node)) most = std::max(most, reached.delay);
  return most;
}

Duration delay_of(const Topology& topology, const Path& path) {
  Duration sum{0};
  for (const std::size_t link : path.links) sum += topology.links[link].delay;
  return sum;
}

BitRate rate_of(const Topology& topology, const Path& path) {
  BitRate least = topology.links[path.last()].rate;
  for (const std::size_t link : path.links) least = std::min(least, topology.links[link].rate);
  return least;
}

BitRate rate_between(const Topology& topology, const std::string& a, const std::string& b) {
  BitRate sum{0};
  std::set<std::size_t> first, last;
  for (const Path& path : paths_between(topology, a, b)) {
    sum += rate_of(topology, path);
    first.insert(path.links.front());
    last.insert(path.last());
  }
  const auto together = [&](const std::set<std::size_t>& links) {
    BitRate rate{0};
    for (const std::size_t link : links) rate += topology.links[link].rate;
    return rate;
  };
  return std::min({sum, together(first), together(last)});
}

}  // namespace dwcp::scenarios
