// What a node says about itself.
#include <algorithm>

#include "engine/node/node.hpp"

namespace dwcp::node {

std::string Node::name_of(const std::vector<platform::Endpoint>& peer) const {
  for (const auto& [name, endpoints] : config_.peers)
    for (const platform::Endpoint& endpoint : peer)
      if (std::ranges::find(endpoints, endpoint) != endpoints.end()) return name;
  return peer.empty() ? "" : to_string(peer.front());
}

namespace {

std::string wait_text(const migration::HandOver& over, const std::string& peer) {
  if (over.outgoing && over.decided) return "decided: belongs to " + peer + ", waiting for its word that it runs";
  if (over.outgoing) return "given up: runs here, waiting until " + peer + " has heard it";
  return "complete here, waiting for the source's word to let it run";
}

}  // namespace

std::string Node::note_on(const VmId& vm) const {
  for (const migration::HandOver& over : agent_.unsettled())
    if (over.vm == vm && (over.decided || !over.outgoing)) return wait_text(over, name_of(over.peer));
  return {};
}

Task<void> Node::add_guests(Status& status) {
  try {
    std::vector<VmId> names = co_await hypervisor_.list();
    std::ranges::sort(names);
    status.guests_left_off = names.size() - std::min(names.size(), Status::guests_max);
    names.resize(std::min(names.size(), Status::guests_max));
    for (const VmId& vm : names) {
      const migration::GuestInfo info = co_await hypervisor_.find(vm);
      if (info.state == migration::GuestState::absent) continue;  // it went since it was listed
      status.guests.push_back({vm, info, note_on(vm)});
    }
  } catch (const Error& error) {
    status.guests_unknown = Failure(error.code(), error.detail()).message();
  }
}

Task<Status> Node::status() {
  Status status;
  status.node = config_.agent.node.text;
  status.cluster = config_.agent.cluster;
  status.version = config_.version;
  status.uptime = platform_.now().time_since_epoch();
  status.processor_times = platform_.processor_times();
  status.ready = ready();
  co_await add_guests(status);
  status.jobs = jobs_->all();
  status.incoming = agent_.incoming();
  for (migration::HandOver& over : agent_.unsettled()) {
    Status::HandOver entry{over, name_of(over.peer), {}};
    // A migration that is under way is unsettled as well, and is told of as a job or as an incoming one.
    const bool moving = over.outgoing ? jobs_->under_way(over.vm) != nullptr && !over.decided
                                      : std::ranges::find(status.incoming, over.vm) != status.incoming.end();
    if (moving) continue;
    entry.text = wait_text(over, entry.peer);
    status.unsettled.push_back(std::move(entry));
  }
  co_return status;
}

Task<Status> Node::status(VmId vm) {
  Status status = co_await this->status();
  std::erase_if(status.guests, [&](const GuestStatus& guest) { return guest.vm != vm; });
  std::erase_if(status.jobs, [&](const JobPtr& job) { return job->order.vm != vm; });
  std::erase_if(status.incoming, [&](const VmId& other) { return other != vm; });
  std::erase_if(status.unsettled, [&](const Status::HandOver& over) { return over.what.vm != vm; });
  status.guests_left_off = 0;
  const bool known = !status.guests.empty() || !status.jobs.empty() || !status.incoming.empty() ||
                     !status.unsettled.empty() || !status.guests_unknown.empty();
  if (!known) throw Error(Errc::not_found, "VM '" + vm.text + "' is not on node '" + status.node + "'");
  co_return status;
}

}  // namespace dwcp::node
