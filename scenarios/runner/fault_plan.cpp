#include "scenarios/runner/fault_plan.hpp"

#include <algorithm>
#include <set>

#include "engine/base/random.hpp"

namespace dwcp::scenarios {
namespace {

constexpr Duration outage_min = std::chrono::milliseconds(1);

class Planner {
 public:
  Planner(const Scenario& scenario, std::uint64_t seed) : scenario_(scenario), random_(seed, "scenario.faults") {}

  std::vector<FaultAction> plan() {
    for (const Fault& fault : scenario_.faults) {
      const Duration at = fault.at.value_or(Duration::zero());
      if (fault.cut) cut(at, links_named(fault.cut->link), fault.cut->lasting, fault.cut->direction);
      if (fault.partition) cut(at, links_out_of(fault.partition->nodes), fault.partition->lasting);
      if (fault.flap) flap(at, links_named(fault.flap->link), *fault.flap);
      if (fault.change)
        for (const std::size_t link : links_named(fault.change->link)) add(at, ChangeLink{link, *fault.change});
      if (fault.kill) end(at, *fault.kill, false);
      if (fault.crash) end(at, *fault.crash, true);
      if (fault.storage) add(at, ChangeStorage{fault.storage->host, *fault.storage});
      if (fault.rdma_down) rdma_down(at, *fault.rdma_down);
      if (fault.random) draw(*fault.random);
    }
    std::stable_sort(actions_.begin(), actions_.end(),
                     [](const FaultAction& a, const FaultAction& b) { return a.at < b.at; });
    return std::move(actions_);
  }

 private:
  template <class Action>
  void add(Duration at, Action action) {
    actions_.push_back({at, std::move(action)});
  }

  std::vector<std::size_t> links_named(const std::string& name) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < scenario_.topology.links.size(); ++i)
      if (name == "all" || scenario_.topology.links[i].name == name) found.push_back(i);
    return found;
  }

  std::vector<std::size_t> links_out_of(const std::vector<std::string>& nodes) const {
    const std::set<std::string> side(nodes.begin(), nodes.end());
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < scenario_.topology.links.size(); ++i) {
      const auto& between = scenario_.topology.links[i].between;
      if (side.contains(between.front()) != side.contains(between.back())) found.push_back(i);
    }
    return found;
  }

  void cut(Duration at, const std::vector<std::size_t>& links, std::optional<Duration> lasting,
           LinkDirection direction = LinkDirection::both) {
    for (const std::size_t link : links) {
      add(at, CutLink{link, direction});
      if (lasting) add(at + *lasting, RestoreLink{link, direction});
    }
  }

  void flap(Duration at, const std::vector<std::size_t>& links, const FlapFault& fault) {
    for (unsigned i = 0; i < fault.times; ++i) cut(at + (fault.down + fault.up) * i, links, fault.down);
  }

  void end(Duration at, const ProcessFault& fault, bool crash) {
    add(at, EndProcess{fault.host, crash});
    if (fault.restart_after) add(at + *fault.restart_after, StartProcess{fault.host});
  }

  void rdma_down(Duration at, const RdmaFault& fault) {
    add(at, SwitchRdma{fault.host, false});
    if (fault.lasting) add(at + *fault.lasting, SwitchRdma{fault.host, true});
  }

  template <class T>
  const T& any_of(const std::vector<T>& all) {
    return all[random_.below(all.size())];
  }

  void draw(const RandomFaults& faults) {
    std::vector<RandomKind> kinds = faults.kinds;
    if (kinds.empty()) kinds = {RandomKind::cut, RandomKind::flap, RandomKind::kill, RandomKind::crash};
    const auto count = faults.count_min + random_.below(faults.count_max - faults.count_min + 1);
    for (std::uint64_t i = 0; i < count; ++i) {
      const RandomKind kind = any_of(kinds);
      const Duration at = random_.between(faults.from, faults.until);
      const Duration outage = random_.between(outage_min, std::max(outage_min, faults.outage_max));
      draw_one(kind, at, outage);
    }
  }

  void draw_one(RandomKind kind, Duration at, Duration outage) {
    if (kind == RandomKind::kill || kind == RandomKind::crash) {
      std::vector<std::string> hosts;
      for (const auto& [name, host] : scenario_.topology.hosts) hosts.push_back(name);
      return end(at, {any_of(hosts), outage}, kind == RandomKind::crash);
    }
    if (scenario_.topology.links.empty()) return;
    // One link, or all of them at once: a path that is left is another matter than none.
    std::vector<std::size_t> links = links_named("all");
    if (links.size() > 1 && random_.chance(0.5)) links = {any_of(links)};
    if (kind == RandomKind::cut) return cut(at, links, outage);
    const auto times = static_cast<unsigned>(2 + random_.below(3));
    const Duration part = std::max(outage_min, outage / (2 * times));
    flap(at, links, {"", times, part, part});
  }

  const Scenario& scenario_;
  Random random_;
  std::vector<FaultAction> actions_;
};

}  // namespace

std::vector<FaultAction> plan_faults(const Scenario& scenario, std::uint64_t seed) {
  return Planner(scenario, seed).plan();
}

std::string describe(const FaultAction& fault, const Topology& topology) {
  struct Visitor {
    const Topology& topology;
    std::string operator()(const CutLink& a) const { return "cut link " + topology.links[a.link].name; }
    std::string operator()(const RestoreLink& a) const { return "restore link " + topology.links[a.link].name; }
    std::string operator()(const ChangeLink& a) const { return "change link " + topology.links[a.link].name; }
    std::string operator()(const EndProcess& a) const { return (a.crash ? "crash " : "kill the agent of ") + a.host; }
    std::string operator()(const StartProcess& a) const { return "start the agent of " + a.host; }
    std::string operator()(const SwitchRdma& a) const {
      return (a.on ? "restore the RDMA adapter of " : "fail the RDMA adapter of ") + a.host;
    }
    std::string operator()(const ChangeStorage& a) const { return "change the storage of " + a.host; }
  };
  return std::visit(Visitor{topology}, fault.action);
}

}  // namespace dwcp::scenarios
