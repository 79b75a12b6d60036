#include "scenarios/runner/movements.hpp"

#include <algorithm>

#include "scenarios/format/paths.hpp"

namespace dwcp::scenarios {

Movements::Movements(const Scenario& scenario, std::uint64_t seed, HostOf host_of)
    : scenario_(scenario), host_of_(std::move(host_of)), random_(seed, "scenario.churn") {}

Movements::Rooms Movements::rooms() const {
  Rooms rooms;
  for (const auto& [name, host] : scenario_.topology.hosts) rooms[name] = host.memory;
  const auto take = [&](const std::string& host, Bytes memory) {
    if (const auto room = rooms.find(host); room != rooms.end()) room->second -= std::min(room->second, memory);
  };
  for (const auto& [name, vm] : scenario_.vms) {
    const std::string here = host_of_(name);
    take(here, vm.memory);
    if (const auto moving = moving_.find(name); moving != moving_.end() && moving->second != here)
      take(moving->second, vm.memory);
  }
  return rooms;
}

std::vector<std::string> Movements::with_room(const std::vector<std::string>& hosts, const std::string& vm,
                                              const Rooms& rooms) const {
  std::vector<std::string> found;
  for (const std::string& host : hosts)
    if (rooms.at(host) >= scenario_.vms.at(vm).memory) found.push_back(host);
  return found;
}

std::vector<MigrateEvent> Movements::of(const EvacuateEvent& evacuation,
                                        const std::function<void(const std::string&)>& left_behind) {
  std::vector<std::string> vms;
  for (const auto& [name, vm] : scenario_.vms)
    if (host_of_(name) == evacuation.host && !moving_.contains(name)) vms.push_back(name);
  std::ranges::stable_sort(vms, std::greater<>(), [&](const std::string& vm) { return scenario_.vms.at(vm).memory; });
  auto reached = reached_from(scenario_.topology, evacuation.host);
  if (!evacuation.to.empty())
    std::erase_if(reached, [&](const std::string& host) {
      return std::ranges::find(evacuation.to, host) == evacuation.to.end();
    });
  Rooms free = rooms();
  std::vector<MigrateEvent> moves;
  for (const std::string& vm : vms) {
    const auto hosts = with_room(reached, vm, free);
    if (hosts.empty()) {
      left_behind(vm);
      continue;
    }
    const auto& best = *std::ranges::max_element(hosts, {}, [&](const std::string& host) { return free.at(host); });
    free.at(best) -= scenario_.vms.at(vm).memory;
    moves.push_back({vm, best, evacuation.policy});
    begins(moves.back());
  }
  return moves;
}

std::optional<MigrateEvent> Movements::of(const ChurnEvent& churn) {
  std::vector<std::string> vms;
  for (const auto& [name, vm] : scenario_.vms) {
    const bool meant = churn.vms.empty() || std::ranges::find(churn.vms, name) != churn.vms.end();
    if (meant && !moving_.contains(name) && !host_of_(name).empty()) vms.push_back(name);
  }
  if (vms.empty()) return std::nullopt;
  const std::string& vm = vms[random_.below(vms.size())];
  const auto hosts = with_room(reached_from(scenario_.topology, host_of_(vm)), vm, rooms());
  if (hosts.empty()) return std::nullopt;
  MigrateEvent move{vm, hosts[random_.below(hosts.size())], churn.policy};
  begins(move);
  return move;
}

}  // namespace dwcp::scenarios
