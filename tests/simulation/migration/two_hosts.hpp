// Two hosts with agents and one guest on the first: the stage of the migration tests. One a test program's process at a
// time; ns-3 starts anew with each.
#pragma once

#include <optional>
#include <vector>

#include "engine/migration/agent.hpp"
#include "hypervisor/model/host.hpp"
#include "sim/world.hpp"

namespace dwcp::migration::test {

struct Stage {
  std::uint64_t seed = 1;
  std::vector<sim::LinkOptions> links{sim::LinkOptions(sim::WireOptions{.delay = std::chrono::milliseconds(10)})};
  model::GuestConfig guest{.memory = MiB(32)};
  AgentConfig agent{};  // node and listen are set for each host
  bool started = true;
};

class TwoHosts {
 public:
  explicit TwoHosts(Stage stage);

  // Asks the agent of host `from` to move the guest to the other; report() has a value when that has ended.
  void migrate(Policy policy = {}, std::size_t from = 0);
  // Virtual time passes until report(), at most this long; false when it did not come.
  bool finish(Duration limit = std::chrono::minutes(10));
  void run_for(Duration time) { world_.run_until(world_.now() + time); }

  // kill -9 of the agent, which its hypervisor survives; and its next life.
  void kill(std::size_t host);
  void restart(std::size_t host);
  bool alive(std::size_t host) const { return programs_[host]->alive(); }

  // How many hosts run the guest now; the most at any moment so far.
  unsigned running() const;
  unsigned running_max() const { return running_max_; }
  GuestState state(std::size_t host) const { return hosts_[host]->state(vm()); }
  // Pages at the second host that are not what the source said.
  std::size_t wrong_pages(std::size_t host) const { return hosts_[host]->report(vm()).wrong_pages.size(); }
  // Whether the guest, wherever it runs, is the one that was running before: counted at each hand-over.
  std::size_t differences_at_hand_over() const { return differences_; }

  const std::optional<Report>& report() const { return report_; }
  const std::vector<std::string>& records() const { return records_; }
  std::size_t count(std::string_view record) const;
  Agent& agent(std::size_t host) { return *agents_[host]; }
  sim::World& world() { return world_; }
  static VmId vm() { return VmId("guest"); }

 private:
  Task<void> live(std::size_t host, platform::Platform& platform);
  void watch(std::size_t host, GuestState state);

  Stage stage_;
  sim::World world_;
  std::vector<std::unique_ptr<model::GuestHost>> hosts_;
  std::vector<sim::Machine*> machines_;
  std::vector<sim::Program*> programs_;
  std::vector<Agent*> agents_{nullptr, nullptr};
  std::optional<Report> report_;
  std::vector<std::string> records_;
  unsigned running_max_ = 0;
  std::size_t differences_ = 0;
  std::optional<Request> wanted_;
};

}  // namespace dwcp::migration::test
