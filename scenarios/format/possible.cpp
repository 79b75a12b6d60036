// Whether a scenario's world can be.
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/base/wildcard.hpp"
#include "scenarios/format/expand.hpp"
#include "scenarios/format/load.hpp"
#include "scenarios/format/metrics.hpp"
#include "scenarios/format/paths.hpp"

namespace dwcp::scenarios {
namespace {

constexpr Bytes mtu_min{576}, mtu_max{65000};
constexpr const char* needs_packets =
    "packets that come twice, late or damaged need packets: leave duplicate, reorder and corrupt out, or take "
    "fidelity: packet";
constexpr Duration churn_every_min = std::chrono::milliseconds(1);
constexpr std::size_t vms_max = 10'000, hosts_max = 10'000, links_max = 20'000;

class Check {
 public:
  Check(const Scenario& scenario, const Document& document) : scenario_(scenario), document_(document) {}

  std::vector<Problem> run() {
    sizes();
    hosts();
    engine();
    switches();
    links();
    vms();
    events();
    faults();
    expectations();
    return std::move(problems_);
  }

 private:
  template <class T>
  static std::vector<std::string> keys_of(const std::map<std::string, T>& map) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : map) keys.push_back(key);
    return keys;
  }

  void problem(const std::string& pointer, const std::string& text) {
    problems_.push_back({document_.position(pointer), text});
  }

  void known(const std::string& pointer, const std::string& what, const std::string& name,
             const std::vector<std::string>& names) {
    if (std::count(names.begin(), names.end(), name) > 0) return;
    const std::string guess = nearest(name, names);
    std::string there;
    for (const std::string& candidate : names) there += (there.empty() ? "" : ", ") + candidate;
    problem(pointer, "there is no " + what + " '" + name + "'" +
                         (guess.empty() ? "; there are: " + (there.empty() ? "none" : there)
                                        : "; did you mean '" + guess + "'?"));
  }

  void sizes() {
    const Topology& t = scenario_.topology;
    if (t.mtu < mtu_min || t.mtu > mtu_max)
      problem("/topology/mtu", "the MTU must be from " + std::to_string(mtu_min.value) + " B to " +
                                   std::to_string(mtu_max.value) + " B, got " + std::to_string(t.mtu.value) + " B");
    if (t.fabric && std::size_t{t.fabric->racks} * t.fabric->hosts > fabric_hosts_max)
      problem("/topology/fabric", "a fabric of more than " + std::to_string(fabric_hosts_max) + " hosts");
    else if (t.hosts.empty())
      problem("/topology", "there is no host: 'hosts' or 'fabric' would be right");
    if (t.fabric && t.fabric->rate.value == 0)
      problem("/topology/fabric/rate", "a port carries something: the rate must be above 0bit/s");
    if (t.hosts.size() > hosts_max) problem("/topology/hosts", "more than " + std::to_string(hosts_max) + " hosts");
    if (t.links.size() > links_max) problem("/topology/links", "more than " + std::to_string(links_max) + " links");
    if (scenario_.vms.size() > vms_max) problem("/vms", "more than " + std::to_string(vms_max) + " VMs");
  }

  void hosts() {
    for (const auto& [name, host] : scenario_.topology.hosts)
      if (!host.site.empty())
        known("/topology/hosts/" + escape_step(name) + "/site", "site", host.site, scenario_.topology.sites);
    if (scenario_.fidelity != Fidelity::flow) return;
    for (std::size_t i = 0; i < scenario_.topology.links.size(); ++i) {
      const Link& link = scenario_.topology.links[i];
      if (link.duplicate.value + link.reorder.value + link.corrupt.value > 0)
        problem("/topology/links/" + std::to_string(i), needs_packets);
    }
    for (const auto& [name, host] : scenario_.topology.hosts)
      if (host.rdma)
        problem("/topology/hosts/" + escape_step(name) + "/rdma",
                "host '" + name +
                    "' has rdma: true, which fidelity: flow cannot carry; leave it out, or take "
                    "fidelity: packet");
  }

  static std::vector<std::string> nodes_of(const Topology& topology) {
    auto nodes = keys_of(topology.hosts);
    nodes.insert(nodes.end(), topology.switches.begin(), topology.switches.end());
    return nodes;
  }

  void switches() {
    const auto& names = scenario_.topology.switches;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string at = "/topology/switches/" + std::to_string(i);
      if (scenario_.topology.hosts.contains(names[i])) problem(at, "a host is named '" + names[i] + "' too");
      if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
          names.begin() + static_cast<std::ptrdiff_t>(i))
        problem(at, "two switches are named '" + names[i] + "'");
    }
  }

  void engine() {
    if (const auto chunk = scenario_.engine.chunk; chunk && *chunk < engine_chunk_least)
      problem("/engine/chunk", "chunks of " + to_string(*chunk) + " are too small for page batches; at least " +
                                   to_string(engine_chunk_least) + " would be right");
  }

  void links() {
    const auto& links = scenario_.topology.links;
    const auto nodes = nodes_of(scenario_.topology);
    for (std::size_t i = 0; i < links.size(); ++i) {
      const std::string at = "/topology/links/" + std::to_string(i);
      const Link& link = links[i];
      if (link.between.size() != 2)
        problem(at + "/between", "a link joins exactly 2 machines, got " + std::to_string(link.between.size()));
      for (const std::string& node : link.between) known(at + "/between", "host or switch", node, nodes);
      if (link.between.front() == link.between.back())
        problem(at + "/between", "a link joins two different machines, got '" + link.between.front() + "' twice");
      if (link.rate.value == 0) problem(at + "/rate", "a link carries something: the rate must be above 0bit/s");
      if (link.jitter > link.delay)
        problem(at + "/jitter",
                "jitter of " + to_string(link.jitter) + " exceeds the delay of " + to_string(link.delay));
      if (std::ranges::find(nodes, link.name) != nodes.end())
        problem(at + "/name", "a host or switch is named '" + link.name + "' too; it and links need different names");
      if (link.name == "all") problem(at + "/name", "'all' stands for all links; take another name");
      for (std::size_t j = 0; j < i; ++j)
        if (links[j].name == link.name) problem(at + "/name", "two links are named '" + link.name + "'");
    }
  }

  void vms() {
    std::map<std::string, Bytes> placed;
    for (const auto& [name, vm] : scenario_.vms) {
      const std::string at = "/vms/" + escape_step(name);
      if (!scenario_.topology.hosts.contains(vm.host)) some_host(at + "/host", vm.host);
      if (vm.memory.value == 0 || vm.memory.value % page_size.value != 0)
        problem(at + "/memory",
                "a VM's memory is a multiple of 4 KiB above 0, got " + std::to_string(vm.memory.value) + " B");
      const double sum =
          vm.content.zero.value + vm.content.repetitive.value + vm.content.low_entropy.value + vm.content.random.value;
      if (std::abs(sum - 1) > 1e-6)
        problem(at + "/content", "the shares sum to " + to_string(Fraction{sum}) + " instead of 100%");
      if (const auto& mix = vm.dirty.writes) {
        const double all = mix->text.value + mix->counters.value + mix->random.value + mix->freed.value;
        if (std::abs(all - 1) > 1e-6)
          problem(at + "/dirty/writes", "the shares sum to " + to_string(Fraction{all}) + " instead of 100%");
      }
      const bool traced = vm.dirty.pattern == DirtyPattern::trace;
      if (vm.dirty.pattern != DirtyPattern::none && !traced && vm.dirty.rate.value == 0)
        problem(at + "/dirty", "a pattern needs a rate such as 50MB/s");
      if (traced != vm.dirty.trace.has_value())
        problem(at + "/dirty", "'pattern: trace' and 'trace: FILE' go together");
      const auto host = scenario_.topology.hosts.find(vm.host);
      if (host == scenario_.topology.hosts.end()) continue;
      placed[vm.host] += vm.memory;
      if (placed[vm.host] > host->second.memory)
        problem(at + "/memory", "VM '" + name + "' does not fit: the VMs on host '" + vm.host + "' take " +
                                    to_string(placed[vm.host]) + " of its " + to_string(host->second.memory));
    }
  }

  void migration(const std::string& at, const MigrateEvent& event) {
    known(at + "/vm", "VM", event.vm, keys_of(scenario_.vms));
    known(at + "/to", "host", event.to, keys_of(scenario_.topology.hosts));
    const auto vm = scenario_.vms.find(event.vm);
    const auto host = scenario_.topology.hosts.find(event.to);
    if (vm == scenario_.vms.end() || host == scenario_.topology.hosts.end()) return;
    if (!scenario_.topology.hosts.contains(vm->second.host)) return;  // has been said
    if (vm->second.memory > host->second.memory)
      problem(at + "/to", "VM '" + event.vm + "' (" + to_string(vm->second.memory) + ") is larger than host '" +
                              event.to + "' (" + to_string(host->second.memory) + ")");
    // Where the VM is by then depends on the migrations before: any host with a link to the destination may be right.
    // After an evacuation or among churn nobody knows.
    if (moved_freely_) return;
    std::string& here = location_.emplace(event.vm, vm->second.host).first->second;
    if (here == event.to) return problem(at + "/to", "VM '" + event.vm + "' is on host '" + event.to + "' already");
    if (paths_between(scenario_.topology, here, event.to).empty())
      problem(at + "/to", "host '" + event.to + "' is unreachable from '" + here + "': no links lead there");
    here = event.to;
  }

  // By its name, or by a pattern of names.
  void some_host(const std::string& at, const std::string& name) {
    const auto names = keys_of(scenario_.topology.hosts);
    if (!is_pattern(name)) return known(at, "host", name, names);
    if (std::ranges::none_of(names, [&](const std::string& host) { return fits_pattern(name, host); }))
      problem(at, "no host matches '" + name + "'");
  }

  void events() {
    for (std::size_t i = 0; i < scenario_.events.size(); ++i) {
      const std::string at = "/events/" + std::to_string(i);
      const Event& event = scenario_.events[i];
      if (event.migrate) migration(at + "/migrate", *event.migrate);
      if (event.evacuate) {
        moved_freely_ = true;
        some_host(at + "/evacuate", event.evacuate->host);
        for (const std::string& to : event.evacuate->to) some_host(at + "/evacuate/to", to);
      }
      if (event.churn) {
        moved_freely_ = true;
        for (const std::string& vm : event.churn->vms) known(at + "/churn/vms", "VM", vm, keys_of(scenario_.vms));
        if (event.churn->every < churn_every_min)
          problem(at + "/churn/every", to_string(event.churn->every) + " is below " + to_string(churn_every_min));
        if (event.churn->until <= event.at || event.churn->until > scenario_.duration)
          problem(at + "/churn/until", to_string(event.churn->until) + " is not after 'at' (" + to_string(event.at) +
                                           ") and within the run (duration: " + to_string(scenario_.duration) + ")");
      }
      if (event.cancel) known(at + "/cancel", "VM", event.cancel->vm, keys_of(scenario_.vms));
      if (event.at >= scenario_.duration)
        problem(at + "/at", to_string(event.at) +
                                " is not before the end of the run (duration: " + to_string(scenario_.duration) + ")");
    }
  }

  void link_named(const std::string& pointer, const std::string& name) {
    if (name == "all") return;
    std::vector<std::string> names;
    for (const Link& link : scenario_.topology.links) names.push_back(link.name);
    known(pointer, "link", name, names);
  }

  void rdma_of(const std::string& pointer, const std::string& name, const std::vector<std::string>& names) {
    known(pointer, "host", name, names);
    const auto host = scenario_.topology.hosts.find(name);
    if (host != scenario_.topology.hosts.end() && !host->second.rdma)
      problem(pointer, "host '" + name + "' has no RDMA adapter to fail; it has one with rdma: true");
  }

  void faults() {
    bool rare = false;
    const auto host_names = keys_of(scenario_.topology.hosts);
    for (std::size_t i = 0; i < scenario_.faults.size(); ++i) {
      const std::string at = "/faults/" + std::to_string(i);
      const Fault& fault = scenario_.faults[i];
      if (!fault.at && !fault.random && !fault.rare) problem(at, "'at' is missing: when the fault happens, such as 5s");
      if (fault.at && fault.random) problem(at + "/at", "random faults have their own times: 'from' and 'until'");
      if (fault.cut) link_named(at + "/cut", fault.cut->link);
      if (fault.flap) link_named(at + "/flap", fault.flap->link);
      if (fault.change) link_named(at + "/change", fault.change->link);
      if (fault.change && scenario_.fidelity == Fidelity::flow &&
          (fault.change->duplicate || fault.change->reorder || fault.change->corrupt))
        problem(at + "/change", needs_packets);
      if (fault.partition) {
        const auto nodes = nodes_of(scenario_.topology);
        for (const std::string& node : fault.partition->nodes) known(at + "/partition", "host or switch", node, nodes);
      }
      if (fault.kill) known(at + "/kill", "host", fault.kill->host, host_names);
      if (fault.crash) known(at + "/crash", "host", fault.crash->host, host_names);
      if (fault.storage) known(at + "/storage", "host", fault.storage->host, host_names);
      if (fault.rdma_down) rdma_of(at + "/rdma_down", fault.rdma_down->host, host_names);
      if (fault.memory) known(at + "/memory", "host", fault.memory->host, host_names);
      if (fault.at && fault.rare) problem(at + "/at", "rare paths are taken all the time: leave 'at' out");
      if (fault.rare && std::exchange(rare, true))
        problem(at + "/rare", "rare paths are there twice; one fault with all 'points' would be right");
      if (fault.clock) clock(at + "/clock", *fault.clock, host_names);
      if (fault.random && fault.random->until <= fault.random->from)
        problem(at + "/random/until", "must be after 'from' (" + to_string(fault.random->from) + ")");
      if (fault.random && fault.random->count_max < fault.random->count_min)
        problem(at + "/random/count_max",
                "must not be below 'count_min' (" + std::to_string(fault.random->count_min) + ")");
    }
  }

  void clock(const std::string& at, const ClockFault& fault, const std::vector<std::string>& host_names) {
    known(at, "host", fault.host, host_names);
    if (fault.ahead && fault.behind) problem(at + "/behind", "a date is ahead or behind, not both");
    if (!fault.ahead && !fault.behind && !fault.drift_ppm)
      problem(at, "nothing is wrong with this clock: 'ahead', 'behind' or 'drift_ppm' would be right");
  }

  void expectations() {
    for (std::size_t i = 0; i < scenario_.expect.size(); ++i) {
      const std::string& metric = scenario_.expect[i].threshold.metric;
      if (metric.empty()) continue;  // did not parse, which has been said
      if (auto checked = check_metric(metric); !checked)
        problem("/expect/" + std::to_string(i), "expect: " + checked.error().detail);
    }
  }

  const Scenario& scenario_;
  const Document& document_;
  std::map<std::string, std::string> location_;
  bool moved_freely_ = false;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> impossibilities(const Scenario& scenario, const Document& document) {
  return Check(scenario, document).run();
}

}  // namespace dwcp::scenarios
