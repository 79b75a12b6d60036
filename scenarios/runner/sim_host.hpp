// One host of a simulated world: the machine, its modelled guests, and its agent's process over all its lives.
#pragma once

#include <memory>

#include "hypervisor/model/host.hpp"
#include "scenarios/runner/experiment.hpp"
#include "sim/world.hpp"

namespace dwcp::scenarios {

class SimHost {
 public:
  // The agent listens on all links of the machine, once the world runs. All references outlive the host.
  SimHost(sim::World& world, sim::Machine& machine, const std::string& name, Experiment& experiment);
  SimHost(const SimHost&) = delete;
  SimHost& operator=(const SimHost&) = delete;

  const std::string& name() const { return name_; }
  sim::Machine& machine() { return machine_; }
  model::GuestHost& guests() { return *guests_; }
  sim::Program& program() { return *program_; }

  void place(model::Catalogue catalogue, model::HostOptions options);
  // After all links are there.
  void start(migration::AgentConfig config);
  // The agent can take requests.
  bool ready() const { return agent_ != nullptr && ready_; }
  void heard(const platform::Record& record);  // of this host's process

  // Asks the agent. Precondition: ready().
  void migrate(std::size_t attempt, migration::Request request);
  bool cancel(const std::string& vm) { return agent_ && agent_->cancel(VmId(vm)); }

  // Faults.
  void kill();
  void crash();
  void revive();
  bool alive() const { return program_->alive(); }

 private:
  Task<void> live(platform::Platform& platform);
  Task<void> migrate_in(platform::Platform& platform, std::size_t attempt, migration::Request request);
  void ended();

  sim::World& world_;
  sim::Machine& machine_;
  std::string name_;
  Experiment& experiment_;
  migration::AgentConfig config_;
  std::unique_ptr<model::GuestHost> guests_;
  sim::Program* program_ = nullptr;
  migration::Agent* agent_ = nullptr;  // of the present life
  bool ready_ = false;
};

}  // namespace dwcp::scenarios
