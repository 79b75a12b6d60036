// The agent of one host with what its clients see of it: migrations that they start, follow and cancel, and its status.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/node/config.hpp"
#include "engine/node/job_board.hpp"
#include "engine/platform/scope.hpp"

namespace dwcp::node {

struct GuestStatus {
  VmId vm;
  migration::GuestInfo info;
  std::string note;  // when it is not plainly this host's: who owns it by the journal, and what is waited for
};

struct Status {
  static constexpr std::size_t guests_max = 1024;  // that are shown

  std::string node, cluster, version;
  Duration uptime{0};
  platform::StageTimes processor_times;  // since the agent's start, by what it was spent on
  bool ready = false;                    // has recovered, and takes migrations
  std::vector<GuestStatus> guests;
  std::size_t guests_left_off = 0;
  std::string guests_unknown;  // why they could not be asked for; empty: they could
  std::vector<JobPtr> jobs;
  std::vector<VmId> incoming;
  struct HandOver {
    migration::HandOver what;
    std::string peer;  // its name, or an endpoint; empty of an incoming one
    std::string text;  // what is waited for
  };
  std::vector<HandOver> unsettled;
};

class Node {
 public:
  // References outlive the node, and so does it its tasks. Throws Error(bad_configuration).
  Node(platform::Platform& platform, migration::Hypervisor& hypervisor, NodeConfig config);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Serves until cancelled, or until the agent fails. In both cases what runs is first rolled back, unless it is
  // decided. Once in a node's life.
  Task<void> run();
  bool ready() const { return agent_.ready(); }

  // Starts a migration, which goes on whoever asked for it. Throws Error when it cannot even begin: not_found,
  // ownership_conflict, bad_value, out_of_budget.
  Task<JobPtr> start(Order order);
  // Asks the VM's migration to roll back. Throws Error: not_found when there is none, ownership_conflict when it is too
  // late.
  void cancel(const VmId& vm);
  // The whole host's, or one VM's: Error(not_found) when nothing is known of it.
  Task<Status> status();
  Task<Status> status(VmId vm);

  // Shared with whoever looks at it: when a process is killed, its coroutines are destroyed in no order.
  const std::shared_ptr<JobBoard>& jobs() const { return jobs_; }
  const NodeConfig& config() const { return config_; }
  platform::Platform& platform() { return platform_; }

 private:
  std::vector<platform::Endpoint> destination_of(const std::string& to) const;
  migration::Policy policy_of(const Order& order) const;
  Task<void> run_job(JobId id);
  Task<void> move(JobId id);
  bool is_decided(const VmId& vm) const;
  std::string name_of(const std::vector<platform::Endpoint>& peer) const;
  std::string note_on(const VmId& vm) const;
  Task<void> add_guests(Status& status);

  platform::Platform& platform_;
  migration::Hypervisor& hypervisor_;
  const NodeConfig config_;
  const std::shared_ptr<JobBoard> jobs_ = std::make_shared<JobBoard>();
  migration::Agent agent_;
  platform::Event changed_;  // a place became free, a waiting job is unwanted, the agent failed
  std::exception_ptr agent_failure_;
  bool ending_ = false;
  platform::Scope job_scope_, agent_scope_;  // last: they end first
};

}  // namespace dwcp::node
