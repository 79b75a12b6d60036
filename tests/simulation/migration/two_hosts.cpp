#include <algorithm>

#include "tests/simulation/migration/two_hosts.hpp"

namespace dwcp::migration::test {

namespace {
constexpr std::uint16_t agent_port = 4700;
}

TwoHosts::TwoHosts(Stage stage) : stage_(std::move(stage)), world_(sim::WorldOptions{.seed = stage_.seed}) {
  world_.set_record_sink([this](const platform::Record& r) { records_.emplace_back(r.name); });
  const model::Catalogue catalogue{{vm(), model::Blueprint::make(stage_.guest).value()}};
  for (std::size_t i = 0; i < 2; ++i) {
    machines_.push_back(&world_.add_host(i == 0 ? "host-a" : "host-b"));
    hosts_.push_back(std::make_unique<model::GuestHost>(catalogue, model::HostOptions{.seed = stage_.seed * 2 + i},
                                                        [this] { return world_.now(); }));
    hosts_[i]->observe([this, i](const VmId&, GuestState state) { watch(i, state); });
  }
  for (const auto& link : stage_.links) world_.add_link(*machines_[0], *machines_[1], link);
  for (std::size_t i = 0; i < 2; ++i)
    programs_.push_back(
        &world_.start(*machines_[i], i == 0 ? "a" : "b", [this, i](platform::Platform& p) { return live(i, p); }));
  hosts_[0]->boot(vm());
  world_.run_until([this] { return count("agent.ready") >= 2; }, world_.now() + std::chrono::seconds(5));
}

Task<void> TwoHosts::live(std::size_t host, platform::Platform& platform) {
  const auto hypervisor = hosts_[host]->attach(platform);
  AgentConfig config = stage_.agent;
  config.node = NodeId(programs_[host]->name());
  for (const auto& link : world_.links()) config.listen.push_back(world_.endpoint(*machines_[host], *link, agent_port));
  Agent agent(platform, *hypervisor, config);
  agents_[host] = &agent;
  co_await agent.run();
}

void TwoHosts::migrate(Policy policy, std::size_t from) {
  Request request{vm(), {}, policy};
  for (const auto& link : world_.links())
    request.destination.push_back(world_.endpoint(*machines_[1 - from], *link, agent_port));
  report_.reset();
  programs_[from]->spawn(
      [this, request, from](platform::Platform&) -> Task<void> { report_ = co_await agents_[from]->migrate(request); });
}

bool TwoHosts::finish(Duration limit) {
  world_.run_until([this] { return report_.has_value(); }, world_.now() + limit);
  for (const auto* program : programs_) program->rethrow_failure();
  return report_.has_value();
}

void TwoHosts::kill(std::size_t host) {
  agents_[host] = nullptr;
  programs_[host]->kill();
  hosts_[host]->agent_died();
}

void TwoHosts::restart(std::size_t host) {
  if (!programs_[host]->alive()) programs_[host]->start();
}

unsigned TwoHosts::running() const {
  return static_cast<unsigned>(hosts_[0]->is_running(vm())) + static_cast<unsigned>(hosts_[1]->is_running(vm()));
}

void TwoHosts::watch(std::size_t host, GuestState state) {
  running_max_ = std::max(running_max_, running());
  // The moment at which the guest runs here while its source still holds it, paused: the memories must be one.
  const std::size_t other = 1 - host;
  if (state == GuestState::running && hosts_[other]->state(vm()) == GuestState::paused)
    differences_ += hosts_[host]->differences(vm(), *hosts_[other]).size();
}

std::size_t TwoHosts::count(std::string_view record) const {
  return static_cast<std::size_t>(std::ranges::count(records_, record));
}

}  // namespace dwcp::migration::test
