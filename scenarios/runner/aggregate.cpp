#include "scenarios/runner/aggregate.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/boykov_kolmogorov_max_flow.hpp>
#include <map>

namespace dwcp::scenarios {
namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
using Capacity = std::int64_t;
using Graph = boost::adjacency_list<
    boost::vecS, boost::vecS, boost::directedS,
    boost::property<boost::vertex_color_t, boost::default_color_type,
                    boost::property<boost::vertex_distance_t, std::size_t,
                                    boost::property<boost::vertex_predecessor_t, Traits::edge_descriptor>>>,
    boost::property<boost::edge_capacity_t, Capacity,
                    boost::property<boost::edge_residual_capacity_t, Capacity,
                                    boost::property<boost::edge_reverse_t, Traits::edge_descriptor>>>>;

class Flow {
 public:
  void join(std::size_t a, std::size_t b, Capacity forward, Capacity backward) {
    const auto there = boost::add_edge(a, b, forward, graph_).first;
    const auto back = boost::add_edge(b, a, backward, graph_).first;
    auto reverse = boost::get(boost::edge_reverse, graph_);
    reverse[there] = back;
    reverse[back] = there;
  }
  std::size_t add() { return boost::add_vertex(graph_); }
  Capacity most(std::size_t source, std::size_t sink) {
    return boost::boykov_kolmogorov_max_flow(graph_, source, sink);
  }

 private:
  Graph graph_;
};

}  // namespace

BitRate cut_between(const Topology& topology, const std::set<std::string>& from, const std::set<std::string>& to) {
  Flow flow;
  const std::size_t source = flow.add(), sink = flow.add();
  std::map<std::string, std::size_t> nodes;
  for (const std::string& name : topology.switches) nodes.emplace(name, flow.add());
  for (const std::string& name : from) nodes.emplace(name, flow.add());
  for (const std::string& name : to) nodes.emplace(name, flow.add());
  Capacity all = 0;
  for (const Link& link : topology.links) {
    const auto a = nodes.find(link.between.front()), b = nodes.find(link.between.back());
    if (a == nodes.end() || b == nodes.end()) continue;  // a host that takes no part passes nothing on
    const auto rate = static_cast<Capacity>(link.rate.value);
    // Nothing goes through a host on its way to another.
    const auto carries = [&](const std::string& begin, const std::string& end) {
      return to.contains(begin) || from.contains(end) ? Capacity{0} : rate;
    };
    flow.join(a->second, b->second, carries(link.between.front(), link.between.back()),
              carries(link.between.back(), link.between.front()));
    all += rate;
  }
  for (const std::string& name : from) flow.join(source, nodes.at(name), all, 0);
  for (const std::string& name : to) flow.join(nodes.at(name), sink, all, 0);
  return BitRate(static_cast<std::uint64_t>(flow.most(source, sink)));
}

void add_aggregate_metrics(reports::Result& result, const Topology& topology) {
  std::set<std::string> from, to;
  Duration begun = Duration::max(), ended{0};
  Bytes carried{0};
  for (const reports::MigrationResult& m : result.migrations) {
    if (m.outcome != "completed" || m.bytes_wire == Bytes(0)) continue;
    from.insert(m.from);
    to.insert(m.to);
    begun = std::min(begun, m.started);
    ended = std::max(ended, m.started + m.total_time);
    carried += m.bytes_wire - std::min(m.bytes_wire, m.bytes_resent);
  }
  if (from.empty() || std::ranges::any_of(from, [&](const std::string& host) { return to.contains(host); })) return;
  const double seconds = std::chrono::duration<double>(ended - begun).count();
  const double goodput = seconds > 0 ? static_cast<double>(carried.value) * 8 / seconds : 0;
  const BitRate cut = cut_between(topology, from, to);
  result.metrics["migrations.aggregate_goodput_bps"] = goodput;
  if (cut > BitRate(0)) result.metrics["migrations.cut_share"] = goodput / static_cast<double>(cut.value);
}

}  // namespace dwcp::scenarios
