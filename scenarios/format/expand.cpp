#include "scenarios/format/expand.hpp"

#include <algorithm>
#include <cmath>

#include "engine/base/wildcard.hpp"

namespace dwcp::scenarios {
namespace {

// As many digits as the largest has, so that names sort as numbers do.
std::string numbered(unsigned number, unsigned most) {
  std::string text = std::to_string(number);
  const std::size_t digits = std::to_string(most).size();
  return std::string(digits - text.size(), '0') + text;
}

std::vector<std::string> hosts_matching(const Topology& topology, const std::string& pattern) {
  std::vector<std::string> found;
  for (const auto& [name, host] : topology.hosts)
    if (fits_pattern(pattern, name)) found.push_back(name);
  return found;
}

}  // namespace

std::vector<std::string> expand_fabric(Topology& topology) {
  std::vector<std::string> taken;
  if (!topology.fabric) return taken;
  const Fabric& fabric = *topology.fabric;
  if (std::size_t{fabric.racks} * fabric.hosts > fabric_hosts_max) return taken;
  const double uplink = static_cast<double>(fabric.rate.value) * fabric.hosts / fabric.oversubscription;
  topology.switches.push_back("spine");
  for (unsigned r = 1; r <= fabric.racks; ++r) {
    const std::string rack = numbered(r, fabric.racks);
    topology.switches.push_back("rack-" + rack);
    Link up;
    up.name = "uplink-" + rack;
    up.between = {"rack-" + rack, "spine"};
    up.rate = BitRate(static_cast<std::uint64_t>(std::llround(uplink)));
    up.delay = fabric.delay;
    topology.links.push_back(up);
    for (unsigned h = 1; h <= fabric.hosts; ++h) {
      const std::string place = rack + "-" + numbered(h, fabric.hosts);
      Link port;
      port.name = "port-" + place;
      port.between = {"host-" + place, "rack-" + rack};
      port.rate = fabric.rate;
      port.delay = fabric.delay;
      topology.links.push_back(port);
      if (!topology.hosts.emplace("host-" + place, fabric.host).second) taken.push_back("host-" + place);
    }
  }
  return taken;
}

std::vector<std::string> expand_vms(Scenario& scenario) {
  std::vector<std::string> twice;
  std::map<std::string, Vm> all;
  const auto add = [&](const std::string& name, Vm vm) {
    if (!all.emplace(name, std::move(vm)).second) twice.push_back(name);
  };
  for (const auto& [name, vm] : scenario.vms) {
    const auto hosts = is_pattern(vm.host) ? hosts_matching(scenario.topology, vm.host) : std::vector<std::string>{};
    if (hosts.empty()) add(name, vm);
    for (const std::string& host : hosts) {
      Vm one = vm;
      one.host = host;
      add(name + "-" + host, std::move(one));
    }
  }
  scenario.vms = std::move(all);
  return twice;
}

void expand_evacuations(Scenario& scenario) {
  std::vector<Event> all;
  for (const Event& event : scenario.events) {
    if (!event.evacuate) {
      all.push_back(event);
      continue;
    }
    std::vector<std::string> to;
    for (const std::string& name : event.evacuate->to)
      for (const std::string& host : hosts_matching(scenario.topology, name)) to.push_back(host);
    for (const std::string& host : hosts_matching(scenario.topology, event.evacuate->host)) {
      Event one = event;
      one.evacuate->host = host;
      one.evacuate->to = to;
      all.push_back(std::move(one));
    }
  }
  scenario.events = std::move(all);
}

}  // namespace dwcp::scenarios
