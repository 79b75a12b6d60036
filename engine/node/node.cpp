#include "engine/node/node.hpp"

#include <algorithm>

namespace dwcp::node {
namespace {

using migration::GuestState;

std::string in_quotes(const VmId& vm) { return "VM '" + vm.text + "'"; }

std::string joined(const std::map<std::string, std::vector<platform::Endpoint>>& peers) {
  std::string names;
  for (const auto& [name, endpoints] : peers) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "none" : names;
}

}  // namespace

Node::Node(platform::Platform& platform, migration::Hypervisor& hypervisor, NodeConfig config)
    : platform_(platform),
      hypervisor_(hypervisor),
      config_(std::move(config)),
      agent_(platform, hypervisor, config_.agent),
      changed_(platform, platform.control()),
      job_scope_(platform, platform.control()),
      agent_scope_(platform, platform.control(), [this](std::exception_ptr failure) {
        agent_failure_ = failure;
        changed_.notify_all();
      }) {
  if (config_.outgoing_max < 1) throw Error(Errc::bad_configuration, "outgoing_max is 0; at least 1 would be right");
  agent_.on_progress([this](const migration::Progress& progress) {
    const JobPtr job = jobs_->under_way(progress.vm);
    if (!job || job->state != JobState::running) return;
    if (job->cancel_asked) agent_.cancel(progress.vm);
    jobs_->progress(job->id, progress);
  });
}

Node::~Node() = default;

Task<void> Node::run() {
  agent_scope_.spawn(agent_.run());
  std::exception_ptr ended;
  try {
    while (!agent_failure_) co_await changed_.wait();
    ended = agent_failure_;
  } catch (...) {
    ended = std::current_exception();
  }
  // Guests that run here are let run on, and those whose hand-over is decided stay so: neither is cut short.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  ending_ = true;
  job_scope_.cancel();
  try {
    co_await job_scope_.join();
  } catch (...) {
    // A job keeps its failures on the board; what ended the node is the one that is told.
  }
  agent_scope_.cancel();
  try {
    co_await agent_scope_.join();
  } catch (...) {
    // As above.
  }
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  std::rethrow_exception(ended);
}

Task<JobPtr> Node::start(Order order) {
  if (ending_) throw Error(Errc::refused, "this agent is about to end");
  if (!ready()) throw Error(Errc::refused, "this agent is not ready yet: it settles what its former life left behind");
  if (Failure failure = jobs_->objection(order.vm); failure.code) throw Error(failure);
  destination_of(order.to);  // throws for what is none
  // What may turn to post-copy must begin so: QEMU is told beforehand.
  if (order.on_timeout == migration::OnTimeout::post_copy) order.movement = migration::Movement::post_copy;
  const migration::GuestInfo guest = co_await hypervisor_.find(order.vm);
  if (const std::string note = note_on(order.vm); !note.empty() && guest.state != GuestState::running)
    throw Error(Errc::ownership_conflict, in_quotes(order.vm) + ": " + note);
  if (guest.state == GuestState::absent)
    throw Error(Errc::not_found, in_quotes(order.vm) + " is not on node '" + config_.agent.node.text + "'");
  if (guest.state == GuestState::paused)
    throw Error(Errc::refused, in_quotes(order.vm) + " is paused; only a running one is migrated");
  // The question took time: the board judges once more.
  const migration::Policy policy = policy_of(order);
  JobPtr job = jobs_->add(std::move(order), policy, platform_.now()).value();
  platform_.record("node.job_added", {{"job", job->id.value}, {"vm", job->order.vm.text}, {"to", job->order.to}});
  job_scope_.spawn(run_job(job->id));
  co_return job;
}

std::vector<platform::Endpoint> Node::destination_of(const std::string& to) const {
  if (const auto peer = config_.peers.find(to); peer != config_.peers.end()) return peer->second;
  if (to == config_.agent.node.text) throw Error(Errc::bad_value, "'" + to + "' is this very node");
  if (const auto endpoint = platform::parse_endpoint(to); endpoint && endpoint->port != 0) return {*endpoint};
  throw Error(Errc::bad_value, "'" + to + "' is neither a peer of node '" + config_.agent.node.text +
                                   "' nor ADDRESS:PORT; peers: " + joined(config_.peers));
}

migration::Policy Node::policy_of(const Order& order) const {
  migration::Policy policy = config_.policy;
  if (order.downtime_max) policy.downtime_max = *order.downtime_max;
  if (order.timeout) policy.timeout = *order.timeout;
  if (order.on_timeout) policy.on_timeout = *order.on_timeout;
  if (order.throttle_max) policy.throttle_max = *order.throttle_max;
  // The node's own default, on a migration that cannot do it.
  if (policy.on_timeout == migration::OnTimeout::post_copy && order.movement != migration::Movement::post_copy)
    policy.on_timeout = migration::OnTimeout::cancel;
  return policy;
}

// What a job ends with is on the board, whatever it is: the node itself lives on.
Task<void> Node::run_job(JobId id) {
  Failure failure;
  try {
    co_await move(id);
  } catch (const Error& error) {
    failure = Failure(error.code(), error.detail());
  } catch (const boost::system::system_error& error) {
    const bool aborted = error.code() == asio::error::operation_aborted;
    failure = aborted ? Failure(Errc::cancelled, "the agent ended") : Failure(error.code(), error.what());
  } catch (const std::exception& error) {
    failure = Failure(Errc::internal, error.what());
  }
  const JobPtr job = jobs_->find(id);
  if (job->state != JobState::ended) {
    // A decided hand-over whose confirmation nobody waits for any more is not rolled back: the next life settles it.
    if (is_decided(job->order.vm)) {
      migration::Report report;
      report.vm = job->order.vm;
      report.outcome = migration::Outcome::undecided;
      report.reason = failure.message();
      report.total_time = platform_.now() - job->began;
      jobs_->end(id, std::move(report), platform_.now());
    } else {
      jobs_->fail(id, std::move(failure), platform_.now());
    }
  }
  platform_.record("node.job_ended",
                   {{"job", id.value},
                    {"vm", job->order.vm.text},
                    {"completed", job->report && job->report->outcome == migration::Outcome::completed},
                    {"reason", job->report ? job->report->reason : job->failure.message()}});
  changed_.notify_all();
}

Task<void> Node::move(JobId id) {
  const JobPtr job = jobs_->find(id);
  while (jobs_->running() >= config_.outgoing_max && !job->cancel_asked) co_await changed_.wait();
  if (job->cancel_asked) throw Error(Errc::cancelled, "it had not begun");
  jobs_->begin(id, platform_.now());
  // Named: g++ 12 destroys an aggregate twice that is made within a co_await expression.
  migration::Request request;
  request.vm = job->order.vm;
  request.destination = destination_of(job->order.to);
  if (config_.peers.contains(job->order.to)) request.destination_node = NodeId(job->order.to);
  request.policy = job->policy;
  request.movement = job->order.movement;
  request.copy_disks = job->order.copy_disks;
  migration::Report report = co_await agent_.migrate(std::move(request));
  jobs_->end(id, std::move(report), platform_.now());
}

bool Node::is_decided(const VmId& vm) const {
  const std::vector<migration::HandOver> open = agent_.unsettled();
  return std::ranges::any_of(open, [&](const auto& over) { return over.vm == vm && over.outgoing && over.decided; });
}

void Node::cancel(const VmId& vm) {
  const JobPtr job = jobs_->under_way(vm);
  if (!job) throw Error(Errc::not_found, in_quotes(vm) + " has no migration under way on this node");
  // The agent takes no cancellation before it has looked at the guest, either: then it is asked again at the next
  // progress.
  if (job->state == JobState::running && !agent_.cancel(vm) && is_decided(vm))
    throw Error(Errc::ownership_conflict,
                in_quotes(vm) + " is being handed over to '" + job->order.to + "': too late to cancel");
  jobs_->ask_cancel(job->id);
  changed_.notify_all();
}

}  // namespace dwcp::node
