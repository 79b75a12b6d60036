// Which migrations evacuations and churn come to, when their time has come: who is where is known only then.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <set>

#include "engine/base/random.hpp"
#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

class Movements {
 public:
  // Where a VM runs; empty when it runs nowhere.
  using HostOf = std::function<std::string(const std::string& vm)>;

  // The scenario outlives it.
  Movements(const Scenario& scenario, std::uint64_t seed, HostOf host_of);

  // `vm` is about to move, and no longer moves. Room is kept for it at the destination meanwhile.
  void begins(const MigrateEvent& event) { moving_[event.vm] = event.to; }
  void ended(const std::string& vm) { moving_.erase(vm); }

  // For each VM of the host that does not move already, the largest first: to the host with the most room, by name
  // among equals. VMs for which no host has room are left out; `left_behind` is told of them.
  std::vector<MigrateEvent> of(const EvacuateEvent& evacuation,
                               const std::function<void(const std::string&)>& left_behind);
  // Nothing when no VM can move now.
  std::optional<MigrateEvent> of(const ChurnEvent& churn);

 private:
  using Rooms = std::map<std::string, Bytes>;  // for VMs, by host

  Rooms rooms() const;
  // Of `hosts`, those with room for the VM.
  std::vector<std::string> with_room(const std::vector<std::string>& hosts, const std::string& vm,
                                     const Rooms& rooms) const;

  const Scenario& scenario_;
  HostOf host_of_;
  Random random_;
  std::map<std::string, std::string> moving_;  // VMs to where
};

}  // namespace dwcp::scenarios
