// The faults of a scenario as a list of actions in time: flaps and outages unrolled, random ones drawn from the seed.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

struct CutLink {
  std::size_t link;  // index into topology.links
  LinkDirection direction = LinkDirection::both;
};
struct RestoreLink {
  std::size_t link;
  LinkDirection direction = LinkDirection::both;
};
struct ChangeLink {
  std::size_t link;
  LinkChange change;
};
struct EndProcess {
  std::string host;
  bool crash;  // of the machine: what was not synced is at risk
};
struct StartProcess {
  std::string host;
};
struct ChangeStorage {
  std::string host;
  StorageFault fault;
};

struct SetClock {
  std::string host;
  std::optional<Duration> date_offset;
  std::optional<double> drift_ppm;
};

// What an agent of the host may still take; nothing: as much as there is.
struct SetMemory {
  std::string host;
  std::optional<Bytes> left;
};

struct SwitchRdma {
  std::string host;
  bool on;
};

struct FaultAction {
  Duration at{0};
  std::variant<CutLink, RestoreLink, ChangeLink, EndProcess, StartProcess, ChangeStorage, SetClock, SetMemory,
               SwitchRdma>
      action;
};

// For each fault of the scenario, in its order, what it means under this seed: itself, or, when it is random, the cuts,
// flaps, kills, crashes and shortages of memory that are drawn. A scenario that has these instead behaves the same.
std::vector<std::vector<Fault>> explicit_faults(const Scenario& scenario, std::uint64_t seed);

// In order of time; those of the same instant in the order of the file. Cuts of one link may overlap, as
// may failures of one adapter: it is up again when each of them is over.
std::vector<FaultAction> plan_faults(const Scenario& scenario, std::uint64_t seed);

// "cut link atlantic"
std::string describe(const FaultAction& action, const Topology& topology);

}  // namespace dwcp::scenarios
