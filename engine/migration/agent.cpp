#include "engine/migration/agent.hpp"

#include "engine/migration/agent_state.hpp"
#include "engine/platform/deadline.hpp"
#include "engine/platform/memory_budget.hpp"

namespace dwcp::migration {

Task<Message> receive(amst::Session& session) {
  const ByteVector bytes = co_await session.receive_message();
  auto message = decode(bytes);
  if (!message) throw Error(message.error());
  co_return std::move(*message);
}

Task<void> send(amst::Session& session, Message message) { return session.send_message(encode(message)); }

Agent::Agent(platform::Platform& platform, Hypervisor& hypervisor, AgentConfig config)
    : state_(std::make_shared<State>(platform, hypervisor, std::move(config))) {}

// Its tasks share the state: without this they would keep each other alive.
Agent::~Agent() { state_->scope.cancel(); }

Task<void> Agent::run() {
  const auto state = state_;
  state->ledger = co_await Ledger::open(state->platform);
  if (!state->config.listen.empty())
    state->acceptor.emplace(state->platform, state->config.listen, state->self(), state->config.session);
  co_await state->recover();
  state->ready = true;
  state->platform.record("agent.ready", {{"node", state->config.node.text}});
  std::exception_ptr ended;
  try {
    co_await state->accept_sessions();
  } catch (...) {
    ended = std::current_exception();
  }
  // What came in and was not promised is given back, and its sources are told.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  state->ready = false;
  state->scope.cancel();
  try {
    co_await state->scope.join();
  } catch (...) {
    // what ended the agent is the one that is told
  }
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  if (ended) std::rethrow_exception(ended);
}

Task<Report> Agent::migrate(Request request) {
  const auto state = state_;
  if (!state->ledger) throw Error(Errc::internal, "migrate() before run() has opened the ledger");
  if (request.destination.empty())
    throw Error(Errc::bad_value, "VM '" + request.vm.text + "' is to migrate to no endpoint");
  if (state->outgoing.contains(request.vm))
    throw Error(Errc::ownership_conflict, "VM '" + request.vm.text + "' is being migrated already");
  for (const Entry& entry : state->ledger->unsettled())
    if (entry.vm == request.vm && entry.step == Step::committed)
      throw Error(Errc::ownership_conflict, "VM '" + request.vm.text + "' was handed over under epoch " +
                                                std::to_string(entry.epoch.value) +
                                                "; the destination has not confirmed it yet");
  state->outgoing[request.vm] = [] { return false; };
  GuestInfo guest;
  try {
    guest = co_await state->hypervisor.find(request.vm);
  } catch (...) {
    state->outgoing.erase(request.vm);
    throw;
  }
  if (guest.state != GuestState::running) {
    state->outgoing.erase(request.vm);
    throw Error(Errc::not_found, "VM '" + request.vm.text + "' does not run on node '" + state->config.node.text + "'");
  }
  co_return co_await move_out(state, std::move(request));
}

Bytes Agent::State::budget(const VmId& vm, std::string_view of, Bytes wanted) {
  const Bytes available = platform.memory_available(), granted = platform::budget_within(wanted, available);
  if (granted < wanted)
    platform.record("migration.memory_short", {{"vm", vm.text},
                                               {"budget", std::string(of)},
                                               {"wanted_bytes", wanted},
                                               {"granted_bytes", granted},
                                               {"available_bytes", available}});
  return granted;
}

void Agent::State::keep_window(const NodeId& peer, const WindowName& name, hde::KeptWindow window) {
  if (!platform::may_grow(Bytes(0), platform.memory_available())) return;
  kept.keep(peer, name, std::move(window), platform.now());
  if (kept.held() > Bytes(0)) scope.spawn(forget_windows_later());
}

Task<void> Agent::State::forget_windows_later() {
  const auto self = shared_from_this();
  co_await platform::sleep_for(platform, config.encoding.keep_window);
  kept.forget_old(platform.now());
}

// Ends only by cancellation, or when a task of the agent failed in a way that it must not live on with (its journal).
Task<void> Agent::State::accept_sessions() {
  const auto self = shared_from_this();
  while (!acceptor && !fatal) co_await task_failed.wait();
  while (!fatal) {
    try {
      auto session = co_await acceptor->accept();
      scope.spawn(serve(std::move(session)));
    } catch (const Error& error) {
      if (!fatal) throw;
    }
  }
  std::rethrow_exception(fatal);
}

void Agent::State::on_task_failure(std::exception_ptr thrown) {
  fatal = thrown;
  if (acceptor) acceptor->close();
  task_failed.notify_all();
}

bool Agent::cancel(const VmId& vm) {
  const auto it = state_->outgoing.find(vm);
  return it != state_->outgoing.end() && it->second();
}

std::vector<VmId> Agent::incoming() const {
  std::vector<VmId> vms;
  for (const auto& [key, cancel] : state_->incoming) vms.push_back(key.first);
  return vms;
}

std::vector<HandOver> Agent::unsettled() const {
  std::vector<HandOver> all;
  if (!state_->ledger) return all;
  for (const Entry& entry : state_->ledger->unsettled())
    all.push_back({entry.vm, entry.epoch, entry.role == Role::source,
                   entry.step == Step::committed || entry.step == Step::prepared, entry.peer});
  return all;
}

bool Agent::ready() const { return state_->ready; }

void Agent::on_progress(std::function<void(const Progress&)> callback) { state_->on_progress = std::move(callback); }

}  // namespace dwcp::migration
