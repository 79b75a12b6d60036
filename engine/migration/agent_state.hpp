// What the parts of the agent share. Internal to this folder.
#pragma once

#include <map>
#include <set>

#include "engine/migration/agent.hpp"
#include "engine/migration/kept_windows.hpp"
#include "engine/migration/ledger.hpp"
#include "engine/migration/messages.hpp"
#include "engine/migration/pipe_board.hpp"
#include "engine/migration/stream_receiver.hpp"
#include "engine/migration/switchover_cost.hpp"
#include "engine/platform/mutex.hpp"
#include "engine/platform/scope.hpp"

namespace dwcp::migration {

// How a hand-over that was decided, or given up, ended at the destination.
enum class Settlement { destination_runs, destination_cannot, aborted };

// What a destination has of one session.
struct Arrival {
  Arrival(platform::Platform& platform, std::shared_ptr<amst::Session> s)
      : session(std::move(s)), pipes(platform, session, false) {}
  std::shared_ptr<amst::Session> session;
  PipeBoard pipes;
  std::shared_ptr<StreamReceiver> receiver;  // while the guest's memory comes
};

struct Agent::State : std::enable_shared_from_this<Agent::State> {
  State(platform::Platform& p, Hypervisor& h, AgentConfig c)
      : platform(p),
        hypervisor(h),
        config(std::move(c)),
        switchover(h.switchover_typical()),
        kept(config.encoding.kept_windows, config.encoding.keep_window),
        deciding(p, p.control()),
        incoming_changed(p, p.control()),
        task_failed(p, p.control()),
        scope(p, p.control(), [this](std::exception_ptr thrown) { on_task_failure(thrown); }) {}

  Task<void> accept_sessions();
  void on_task_failure(std::exception_ptr thrown);

  // ---- recovery.cpp
  // Settles what a former life of this agent left behind, as far as it can be done at once; the rest goes on in
  // `scope`.
  Task<void> recover();
  // Tells the destination the source's word (`committed` or `aborted`) until it answers, however long that takes.
  Task<Settlement> settle(Entry entry);
  // Acts upon the answer: discards our guest, or lets it run again. Durable when it returns.
  Task<void> conclude(Entry entry, Settlement settlement);
  Task<void> settle_and_conclude(Entry entry);

  // ---- incoming.cpp
  Task<void> serve(std::shared_ptr<amst::Session> session);
  // Refuses, by throwing, what cannot be taken.
  Task<void> admit(const Offer& offer);
  Task<void> take_in(std::shared_ptr<Arrival> arrival, Offer offer);
  Task<void> load(std::shared_ptr<Arrival> arrival, Offer offer, Entry& entry);
  // Lets a guest run that was handed over to this host. A failure: it never ran here, and never will.
  Task<Failure> let_run(VmId vm);
  // The source's word, from node `from`.
  Task<Message> on_commit(Commit commit, NodeId from);
  Task<Message> on_abort(Abort abort, NodeId from);

  // What the configuration says of the memory of one migration, or less where this host is short of it
  // (memory_budget.hpp). Records that.
  Bytes budget(const VmId& vm, std::string_view of, Bytes wanted);

  // For the next migration to or from `peer`, as long as the configuration says; not where memory is short.
  void keep_window(const NodeId& peer, const WindowName& name, hde::KeptWindow window);
  Task<void> forget_windows_later();

  amst::Self self() const { return {amst::Identity(config.node, config.cluster), config.credentials, config.tls}; }

  platform::Platform& platform;
  Hypervisor& hypervisor;
  AgentConfig config;
  SwitchoverCost switchover;  // of guests that left this host
  KeptWindows kept;
  std::unique_ptr<Ledger> ledger;
  platform::Mutex deciding;  // one decision of a destination at a time
  std::function<void(const Progress&)> on_progress;
  bool ready = false;

  std::map<VmId, std::function<bool()>> outgoing;                    // how to cancel each
  std::map<std::pair<VmId, Epoch>, std::function<void()>> incoming;  // how to cancel each, until it is prepared or gone
  platform::Event incoming_changed;
  std::optional<amst::Acceptor> acceptor;
  std::exception_ptr fatal;  // of a task, that ends the agent
  platform::Event task_failed;
  platform::Scope scope;  // everything that the agent started; last member: ends first
};

// The next message of the session. Throws Error(protocol_error) for what does not parse.
Task<Message> receive(amst::Session& session);
// `message` is a variable, never made within the co_await expression: g++ 12 destroys such an aggregate twice.
Task<void> send(amst::Session& session, Message message);

// One migration as its source (outgoing.cpp).
Task<Report> move_out(std::shared_ptr<Agent::State> agent, Request request);

}  // namespace dwcp::migration
