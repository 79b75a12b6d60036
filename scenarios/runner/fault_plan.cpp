#include "scenarios/runner/fault_plan.hpp"

#include <algorithm>
#include <set>

#include "engine/base/random.hpp"

namespace dwcp::scenarios {
namespace {

constexpr Duration outage_min = std::chrono::milliseconds(1);
// Memory that is left, when a seed draws it: none, or 64 KiB to 256 MiB, each power of two as often as another.
constexpr Bytes short_memory_least = KiB(64);
constexpr std::uint64_t short_memory_steps = 13;

std::vector<std::size_t> links_named(const Topology& topology, const std::string& name) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < topology.links.size(); ++i)
    if (name == "all" || topology.links[i].name == name) found.push_back(i);
  return found;
}

// Those with one end on that side.
std::vector<std::size_t> links_out_of(const Topology& topology, const std::vector<std::string>& nodes) {
  const std::set<std::string> side(nodes.begin(), nodes.end());
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < topology.links.size(); ++i) {
    const auto& between = topology.links[i].between;
    if (side.contains(between.front()) != side.contains(between.back())) found.push_back(i);
  }
  return found;
}

// Draws what a seed means by random faults.
class Draw {
 public:
  Draw(const Scenario& scenario, std::uint64_t seed) : scenario_(scenario), random_(seed, "scenario.faults") {}

  std::vector<Fault> operator()(const RandomFaults& faults) {
    std::vector<RandomKind> kinds = faults.kinds;
    if (kinds.empty()) kinds = {RandomKind::cut, RandomKind::flap, RandomKind::kill, RandomKind::crash};
    const auto count = faults.count_min + random_.below(faults.count_max - faults.count_min + 1);
    std::vector<Fault> drawn;
    for (std::uint64_t i = 0; i < count; ++i) {
      const RandomKind kind = any_of(kinds);
      const Duration at = random_.between(faults.from, faults.until);
      const Duration outage = random_.between(outage_min, std::max(outage_min, faults.outage_max));
      if (kind == RandomKind::kill || kind == RandomKind::crash)
        drawn.push_back(end_of_process(kind, at, outage));
      else if (kind == RandomKind::memory)
        drawn.push_back(shortage(at, outage));
      else if (!scenario_.topology.links.empty())
        drawn.push_back(outage_of_links(kind, at, outage));
    }
    return drawn;
  }

 private:
  template <class T>
  const T& any_of(const std::vector<T>& all) {
    return all[random_.below(all.size())];
  }

  std::string any_host() {
    std::vector<std::string> hosts;
    for (const auto& [name, host] : scenario_.topology.hosts) hosts.push_back(name);
    return any_of(hosts);
  }

  Fault end_of_process(RandomKind kind, Duration at, Duration outage) {
    Fault fault;
    fault.at = at;
    (kind == RandomKind::crash ? fault.crash : fault.kill) = ProcessFault{any_host(), outage};
    return fault;
  }

  Fault shortage(Duration at, Duration lasting) {
    Fault fault;
    fault.at = at;
    const std::string host = any_host();
    const std::uint64_t step = random_.below(short_memory_steps + 1);
    fault.memory = MemoryFault{host, step == 0 ? Bytes(0) : Bytes(short_memory_least.value << (step - 1)), lasting};
    return fault;
  }

  // One link, or all of them at once: a path that is left is another matter than none.
  Fault outage_of_links(RandomKind kind, Duration at, Duration outage) {
    const auto& links = scenario_.topology.links;
    std::string link = "all";
    if (links.size() > 1 && random_.chance(0.5)) link = any_of(links).name;
    Fault fault;
    fault.at = at;
    if (kind == RandomKind::cut) {
      fault.cut = CutFault{link, outage};
      return fault;
    }
    const auto times = static_cast<unsigned>(2 + random_.below(3));
    const Duration part = std::max(outage_min, outage / (2 * times));
    fault.flap = FlapFault{link, times, part, part};
    return fault;
  }

  const Scenario& scenario_;
  Random random_;
};

class Planner {
 public:
  explicit Planner(const Topology& topology) : topology_(topology) {}

  void add(const Fault& fault) {
    const Duration at = fault.at.value_or(Duration::zero());
    if (fault.cut) cut(at, links_named(topology_, fault.cut->link), fault.cut->lasting, fault.cut->direction);
    if (fault.partition) cut(at, links_out_of(topology_, fault.partition->nodes), fault.partition->lasting);
    if (fault.flap) flap(at, links_named(topology_, fault.flap->link), *fault.flap);
    if (fault.change)
      for (const std::size_t link : links_named(topology_, fault.change->link))
        act(at, ChangeLink{link, *fault.change});
    if (fault.kill) end(at, *fault.kill, false);
    if (fault.crash) end(at, *fault.crash, true);
    if (fault.storage) act(at, ChangeStorage{fault.storage->host, *fault.storage});
    if (fault.rdma_down) rdma_down(at, *fault.rdma_down);
    if (fault.clock) clock(at, *fault.clock);
    if (fault.memory) memory(at, *fault.memory);
  }

  std::vector<FaultAction> take() {
    std::stable_sort(actions_.begin(), actions_.end(),
                     [](const FaultAction& a, const FaultAction& b) { return a.at < b.at; });
    return std::move(actions_);
  }

 private:
  template <class Action>
  void act(Duration at, Action action) {
    actions_.push_back({at, std::move(action)});
  }

  void cut(Duration at, const std::vector<std::size_t>& links, std::optional<Duration> lasting,
           LinkDirection direction = LinkDirection::both) {
    for (const std::size_t link : links) {
      act(at, CutLink{link, direction});
      if (lasting) act(at + *lasting, RestoreLink{link, direction});
    }
  }

  void flap(Duration at, const std::vector<std::size_t>& links, const FlapFault& fault) {
    for (unsigned i = 0; i < fault.times; ++i) cut(at + (fault.down + fault.up) * i, links, fault.down);
  }

  void end(Duration at, const ProcessFault& fault, bool crash) {
    act(at, EndProcess{fault.host, crash});
    if (fault.restart_after) act(at + *fault.restart_after, StartProcess{fault.host});
  }

  void clock(Duration at, const ClockFault& fault) {
    SetClock set{fault.host, {}, {}};
    if (fault.ahead) set.date_offset = *fault.ahead;
    if (fault.behind) set.date_offset = -*fault.behind;
    set.drift_ppm = fault.drift_ppm;
    act(at, set);
    if (!fault.lasting) return;
    if (set.date_offset) set.date_offset = Duration(0);
    if (set.drift_ppm) set.drift_ppm = 0;
    act(at + *fault.lasting, set);
  }

  void memory(Duration at, const MemoryFault& fault) {
    act(at, SetMemory{fault.host, fault.left});
    if (fault.lasting) act(at + *fault.lasting, SetMemory{fault.host, {}});
  }

  void rdma_down(Duration at, const RdmaFault& fault) {
    act(at, SwitchRdma{fault.host, false});
    if (fault.lasting) act(at + *fault.lasting, SwitchRdma{fault.host, true});
  }

  const Topology& topology_;
  std::vector<FaultAction> actions_;
};

}  // namespace

std::vector<std::vector<Fault>> explicit_faults(const Scenario& scenario, std::uint64_t seed) {
  Draw draw(scenario, seed);
  std::vector<std::vector<Fault>> all;
  for (const Fault& fault : scenario.faults)
    all.push_back(fault.random ? draw(*fault.random) : std::vector<Fault>{fault});
  return all;
}

std::vector<FaultAction> plan_faults(const Scenario& scenario, std::uint64_t seed) {
  Planner planner(scenario.topology);
  for (const auto& faults : explicit_faults(scenario, seed))
    for (const Fault& fault : faults) planner.add(fault);
  return planner.take();
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
    std::string operator()(const SetClock& a) const { return "set the clock of " + a.host; }
    std::string operator()(const SetMemory& a) const {
      return a.left ? "leave " + to_string(*a.left) + " of memory to the agent of " + a.host
                    : "give memory back to the agent of " + a.host;
    }
    std::string operator()(const ChangeStorage& a) const { return "change the storage of " + a.host; }
  };
  return std::visit(Visitor{topology}, fault.action);
}

}  // namespace dwcp::scenarios
