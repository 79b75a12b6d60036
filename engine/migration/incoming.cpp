// The destination's side of one migration, and its answers to a source that settles a former one.
#include "engine/migration/agent_state.hpp"
#include "engine/migration/stream_chunks.hpp"
#include "engine/migration/stream_receiver.hpp"
#include "engine/platform/deadline.hpp"

namespace dwcp::migration {
namespace {

constexpr Duration rare_delay = std::chrono::seconds(12);  // longer than the source waits for an answer

Failure failure_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return Failure(error.code(), error.detail());
  } catch (const boost::system::system_error& error) {
    return Failure(error.code(), error.what());
  } catch (const std::exception& error) {
    return Failure(Errc::internal, error.what());
  }
}

// The source says itself that it was refused.
Refuse refusal(const Failure& failure) {
  const bool plain = failure.code == Errc::refused;
  return {static_cast<std::uint32_t>(failure.code.value()), plain ? failure.detail : failure.message()};
}

// A word about a hand-over from somebody else than the node that offered it.
std::optional<Message> objection(const std::optional<Entry>& known, const NodeId& from) {
  if (!known || known->partner.text.empty() || known->partner == from) return std::nullopt;
  return refusal(Failure(Errc::untrusted, "VM '" + known->vm.text + "' was offered under epoch " +
                                              std::to_string(known->epoch.value) + " by node '" + known->partner.text +
                                              "', not by '" + from.text + "'"));
}

// After the answer the source closes the session; until then it may say more.
Task<void> answer(Agent::State& agent, amst::Session& session, const Message& message) {
  Message reply;
  if (const auto* commit = std::get_if<Commit>(&message))
    reply = co_await agent.on_commit(*commit, session.peer().node);
  else if (const auto* abort = std::get_if<Abort>(&message))
    reply = co_await agent.on_abort(*abort, session.peer().node);
  else
    throw Error(Errc::protocol_error, std::string(name_of(message)) + " is not what a destination is told here");
  co_await send(session, std::move(reply));
}

// While the guest is loaded the source says when its stream ends, or that it gives up.
Task<void> listen_while_loading(std::shared_ptr<Arrival> arrival) {
  for (;;) {
    const Message message = co_await receive(*arrival->session);
    if (const auto* end = std::get_if<StreamEnd>(&message); end && arrival->receiver)
      arrival->receiver->stream_ends(*end);
    else if (std::holds_alternative<Abort>(message))
      throw Error(Errc::cancelled, "the source gave the migration up");
    else
      throw Error(Errc::protocol_error, std::string(name_of(message)) + " came while the guest was being loaded");
  }
}

// Gives each chunk of the session to whom it belongs, for as long as the session lives.
Task<void> distribute(std::shared_ptr<Arrival> arrival) {
  Failure ended;
  try {
    for (;;) {
      amst::Delivery delivery = co_await arrival->session->receive();
      if (delivery.channel == pipes_channel)
        arrival->pipes.take(std::move(delivery));
      else if (delivery.channel != pages_channel && delivery.channel != opaque_channel)
        throw Error(
            Errc::protocol_error,
            "a chunk on channel " + std::to_string(static_cast<unsigned>(delivery.channel)) + " of a migration");
      else if (arrival->receiver)
        arrival->receiver->take(std::move(delivery));
      else
        arrival->session->release(delivery.sequence);  // of a migration that was given up
    }
  } catch (const boost::system::system_error& error) {
    ended = Failure(error.code(), error.what());
  }
  arrival->pipes.fail(ended);
  const bool agent_ends = ended.code == asio::error::operation_aborted;
  if (agent_ends) ended = Failure(Errc::session_closed, "the agent of this host ends");
  arrival->session->abort(ended);
  if (!agent_ends) co_return;
  // The source is not to wait for a host that will not come back to it.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await arrival->session->parted();
}

Task<void> answer_all(Agent::State& agent, amst::Session& session) {
  for (;;) co_await answer(agent, session, co_await receive(session));
}

}  // namespace

Task<void> Agent::State::serve(std::shared_ptr<amst::Session> session) {
  const auto self = shared_from_this();
  const auto arrival = std::make_shared<Arrival>(platform, session);
  scope.spawn(distribute(arrival));
  try {
    const Message first = co_await receive(*session);
    if (const auto* offer = std::get_if<Offer>(&first))
      co_await take_in(arrival, *offer);
    else
      co_await answer(*this, *session, first);
    co_await answer_all(*this, *session);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    if (error.code() != Errc::session_closed)
      platform.record("migration.session_ended", {{"peer", session->peer().node.text}, {"reason", error.what()}});
    session->abort(Failure(error.code(), error.what()));
  }
}

Task<void> Agent::State::admit(const Offer& offer) {
  const std::string who = "VM '" + offer.vm.text + "'";
  if (incoming.size() >= config.incoming_max)
    throw Error(Errc::refused, "node '" + config.node.text + "' takes " + std::to_string(config.incoming_max) +
                                   " migrations at once, and has them");
  if (offer.guest.guest.memory.value == 0 || offer.delta_cache > delta_cache_max ||
      offer.match_window > match_window_max)
    throw Error(Errc::bad_value, who + " is offered with memory " + to_string(offer.guest.guest.memory) +
                                     ", a delta cache of " + to_string(offer.delta_cache) + " and a match window of " +
                                     to_string(offer.match_window) + "; some memory, and at most " +
                                     to_string(delta_cache_max) + " and " + to_string(match_window_max) +
                                     " would be right");
  // An owner that offers a VM again has given up its former offers.
  for (const Entry& entry : ledger->unsettled()) {
    if (entry.vm != offer.vm || entry.role != Role::destination || entry.epoch >= offer.epoch) continue;
    Abort former{entry.vm, entry.epoch};
    co_await on_abort(std::move(former), entry.partner);
  }
  if (const Epoch highest = ledger->highest_epoch(offer.vm); highest >= offer.epoch)
    throw Error(Errc::ownership_conflict, who + " is offered under epoch " + std::to_string(offer.epoch.value) +
                                              "; epoch " + std::to_string(highest.value) + " was seen here");
  if ((co_await hypervisor.find(offer.vm)).state != GuestState::absent)
    throw Error(Errc::already_exists, who + " exists on node '" + config.node.text + "'");
}

// Brings the guest to the point where only the source's word is missing.
Task<void> Agent::State::load(std::shared_ptr<Arrival> arrival, Offer offer, Entry& entry) {
  auto guest = co_await hypervisor.start_incoming(offer.vm, offer.guest, arrival->pipes);
  const NodeId source = arrival->session->peer().node;
  hde::KeptWindow window;
  Accept accepted;
  if (offer.window) {
    auto held = kept.take(source, offer.window->name, offer.vm, config.encoding.share_windows, platform.now());
    if (platform.maybe("migration.forget_window")) held.reset();
    if (held && held->window.last.value == offer.window->last_batch && !held->window.batches.empty()) {
      window = std::move(held->window);
      accepted.window_from = window.batches.front().id.value;
    }
  }
  // With less than the source counts on, what it refers to is asked for in full: that costs bytes, and nothing else.
  if (offer.guest.options.movement == Movement::pre_copy) {
    const Bytes delta_cache = budget(offer.vm, "delta_cache", offer.delta_cache);
    const Bytes match_window = budget(offer.vm, "match_window", offer.match_window);
    arrival->receiver = std::make_shared<StreamReceiver>(platform, arrival->session, delta_cache, match_window, window);
  }
  // While a guest that failed to come is discarded, its source may call it off again: there is no scope to cancel then.
  const std::pair key(offer.vm, offer.epoch);
  const auto leave = std::shared_ptr<void>(nullptr, [self = shared_from_this(), arrival, key](void*) {
    arrival->receiver.reset();
    if (const auto it = self->incoming.find(key); it != self->incoming.end()) it->second = [] {};
  });
  Message accept = accepted;
  co_await send(*arrival->session, std::move(accept));
  bool complete = false;
  std::function<Task<void>(platform::Scope&)> body = [&](platform::Scope& loading) -> Task<void> {
    incoming[key] = [&loading] { loading.cancel(); };
    loading.spawn(listen_while_loading(arrival));
    if (arrival->receiver) {
      co_await arrival->receiver->run(*guest);
      keep_window(source, {offer.vm, offer.epoch}, arrival->receiver->kept_window());
    }
    co_await guest->finish();
    complete = true;
    loading.cancel();
  };
  co_await platform::in_scope(platform, std::move(body));
  incoming[key] = [] {};
  if (!complete) throw Error(Errc::cancelled, "the source gave the migration up");
  entry.step = Step::prepared;
  co_await ledger->record(entry);
  platform.record("migration.prepared", {{"vm", offer.vm.text}, {"epoch", offer.epoch.value}});
}

// Whatever fails before `prepared` leaves the guest with the source: the incoming one is discarded, and the source
// told.
Task<void> Agent::State::take_in(std::shared_ptr<Arrival> arrival, Offer offer) {
  const auto self = shared_from_this();
  const auto session = arrival->session;
  const std::pair key(offer.vm, offer.epoch);
  Entry entry{offer.vm, offer.epoch, Role::destination, Step::intent, {}, session->peer().node};
  std::exception_ptr failed;
  bool begun = false;
  try {
    co_await admit(offer);
    incoming.emplace(key, [] {});
    co_await ledger->record(entry);
    begun = true;
    co_await load(arrival, offer, entry);
  } catch (...) {
    failed = std::current_exception();
  }
  if (failed && begun) {
    // Even when the agent ends: nothing half-loaded stays behind.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    entry.step = Step::aborted;
    co_await ledger->record(entry);
    co_await hypervisor.discard(offer.vm);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  }
  if (begun || !failed) incoming.erase(key);
  incoming_changed.notify_all();
  if (!failed) {
    Message prepared = Prepared{offer.epoch};
    co_await send(*session, std::move(prepared));
    co_return;
  }
  const Failure failure = failure_of(failed);
  if (failure.code == asio::error::operation_aborted) std::rethrow_exception(failed);
  platform.record("migration.refused", {{"vm", offer.vm.text}, {"reason", failure.message()}});
  Message refuse = refusal(failure);
  if (session->state() == amst::State::connected) co_await send(*session, std::move(refuse));
}

Task<Failure> Agent::State::let_run(VmId vm) {
  try {
    co_await hypervisor.resume(vm);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
    co_return Failure(error.code(), error.detail());
  }
  co_return Failure{};
}

Task<Message> Agent::State::on_commit(Commit commit, NodeId from) {
  const auto guard = co_await deciding.lock();
  const auto known = ledger->find(commit.vm, commit.epoch, Role::destination);
  if (auto refused = objection(known, from)) co_return std::move(*refused);
  Entry entry{commit.vm, commit.epoch, Role::destination, Step::owned, {}, from};
  const GuestInfo guest = co_await hypervisor.find(commit.vm);
  switch (answer_commit(known, commit.epoch, ledger->highest_epoch(commit.vm), guest.state)) {
    case CommitAnswer::run:
      co_await ledger->record(entry);
      [[fallthrough]];
    case CommitAnswer::running:
      // A guest that this very epoch brought, and that nobody has let run yet, runs now.
      if ((known && known->step == Step::prepared) || (known && known->step == Step::owned)) {
        if (const Failure failure = co_await let_run(commit.vm); failure.code) {
          entry.step = Step::refused;
          co_await ledger->record(entry);
          co_return CannotRun{commit.epoch, failure.message()};
        }
        entry.step = Step::serving;
        co_await ledger->record(entry);
        platform.record("migration.owner", {{"vm", commit.vm.text}, {"epoch", commit.epoch.value}});
      }
      if (platform.maybe("migration.word_late")) co_await platform::sleep_for(platform, rare_delay);
      co_return Running{commit.epoch};
    case CommitAnswer::refuse:
      if (known && known->step == Step::prepared) co_await hypervisor.discard(commit.vm);  // what is left of it
      break;
  }
  if (!known || known->step != Step::aborted) {
    entry.step = Step::refused;
    co_await ledger->record(entry);
  }
  co_return CannotRun{commit.epoch, "node '" + config.node.text + "' does not hold the guest"};
}

Task<Message> Agent::State::on_abort(Abort abort, NodeId from) {
  const auto guard = co_await deciding.lock();
  if (auto refused = objection(ledger->find(abort.vm, abort.epoch, Role::destination), from))
    co_return std::move(*refused);
  const std::pair key(abort.vm, abort.epoch);
  if (const auto unfinished = incoming.find(key); unfinished != incoming.end()) unfinished->second();
  while (incoming.contains(key)) co_await incoming_changed.wait();

  const auto known = ledger->find(abort.vm, abort.epoch, Role::destination);
  if (known && (known->step == Step::owned || known->step == Step::serving))
    co_return refusal(Failure(Errc::ownership_conflict, "VM '" + abort.vm.text + "' was handed over to node '" +
                                                            config.node.text + "' under epoch " +
                                                            std::to_string(abort.epoch.value)));
  if (known && known->step == Step::prepared) {
    Entry entry = *known;
    entry.step = Step::aborted;
    co_await ledger->record(entry);
    co_await hypervisor.discard(abort.vm);
  }
  co_return Aborted{abort.epoch};
}

}  // namespace dwcp::migration
