#include "scenarios/runner/sim_host.hpp"

namespace dwcp::scenarios {

SimHost::SimHost(sim::World& world, sim::Machine& machine, const std::string& name, Experiment& experiment)
    : world_(world), machine_(machine), name_(name), experiment_(experiment) {}

void SimHost::place(model::Catalogue catalogue, model::HostOptions options) {
  guests_ = std::make_unique<model::GuestHost>(std::move(catalogue), options, [this] { return world_.now(); });
  guests_->observe([this](const VmId& vm, migration::GuestState state) {
    constexpr std::string_view states[] = {"absent", "running", "paused"};
    world_.record("guest.changed",
                  {{"host", name_}, {"vm", vm.text}, {"state", std::string(states[static_cast<int>(state)])}});
    experiment_.guest_changed({world_.now().time_since_epoch(), name_, vm.text, state});
  });
}

void SimHost::start(migration::AgentConfig config) {
  config_ = std::move(config);
  program_ = &world_.start(machine_, name_ + "/agent", [this](platform::Platform& platform) { return live(platform); });
}

// One life of the agent. When it is killed, its frame is destroyed with everything in it.
Task<void> SimHost::live(platform::Platform& platform) {
  const auto frame = experiment_.leaks().frame();
  const auto hypervisor = guests_->attach(platform);
  migration::Agent agent(platform, *hypervisor, config_);
  const auto leave = std::shared_ptr<void>(nullptr, [this](void*) { ended(); });
  agent_ = &agent;
  agent.on_progress([this](const migration::Progress& progress) {
    for (std::size_t i = 0; i < experiment_.attempts().size(); ++i) {
      const Attempt& attempt = experiment_.attempts()[i];
      if (attempt.under_way && attempt.event->vm == progress.vm.text)
        experiment_.progress(i, world_.now().time_since_epoch(), progress);
    }
  });
  co_await agent.run();
}

void SimHost::ended() {
  agent_ = nullptr;
  ready_ = false;
}

void SimHost::heard(const platform::Record& record) {
  if (record.name == "agent.ready") ready_ = true;
}

void SimHost::migrate(std::size_t attempt, migration::Request request) {
  // When the process is killed, nothing is run but this; held here, because a kill may come before the task has begun.
  const auto leave = std::shared_ptr<void>(nullptr, [this, attempt](void*) {
    if (!experiment_.attempts()[attempt].over) experiment_.give_up(attempt, "the agent of " + name_ + " ended");
  });
  program_->spawn([this, attempt, leave, request = std::move(request)](platform::Platform& platform) {
    return migrate_in(platform, attempt, request);
  });
}

Task<void> SimHost::migrate_in(platform::Platform& platform, std::size_t attempt, migration::Request request) {
  const auto frame = experiment_.leaks().frame();
  try {
    migration::Report report = co_await agent_->migrate(std::move(request));
    experiment_.report(attempt, platform.now().time_since_epoch(), std::move(report));
  } catch (const Error& error) {
    experiment_.give_up(attempt, Failure(error.code(), error.detail()).message());
  }
}

void SimHost::kill() {
  program_->kill();
  ended();
  guests_->agent_died();
}

void SimHost::crash() {
  world_.crash(machine_);
  ended();
  guests_->agent_died();
}

void SimHost::revive() {
  if (!machine_.powered()) world_.boot(machine_);
  if (!program_->alive()) program_->start();
}

}  // namespace dwcp::scenarios
