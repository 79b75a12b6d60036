// After a restart, and after a session that broke at the wrong moment: every hand-over is brought to its one end.
#include "engine/migration/agent_state.hpp"
#include "engine/platform/deadline.hpp"

namespace dwcp::migration {
namespace {

constexpr Duration answer_deadline = std::chrono::seconds(10);
constexpr Duration retry_first = std::chrono::milliseconds(200);
constexpr Duration retry_longest = std::chrono::seconds(10);

Message word_of(const Entry& entry) {
  if (entry.step == Step::committed) return Commit{entry.vm, entry.epoch};
  return Abort{entry.vm, entry.epoch};
}

Task<Message> ask(amst::Session& session, Message word) {
  co_await send(session, std::move(word));
  co_return co_await receive(session);
}

}  // namespace

Task<void> Agent::State::recover() {
  for (Entry entry : ledger->latest()) {
    const GuestInfo guest = co_await hypervisor.find(entry.vm);
    // A hand-over is only ever decided over a stopped guest: a running one shows that the decision was not carried out,
    // and that the guest was let run again (the record came to be durable although writing it had failed).
    if (entry.role == Role::source && entry.step == Step::committed && guest.state == GuestState::running) {
      entry.step = Step::aborted;
      co_await ledger->record(entry);
    }
    const bool still_ours = entry.role == Role::source && (entry.step == Step::intent || entry.step == Step::aborted);
    const bool became_ours = entry.role == Role::destination && entry.step == Step::owned;
    if (still_ours && guest.state == GuestState::paused) co_await hypervisor.resume(entry.vm);
    if (became_ours) {
      // The source has not been told: when the guest cannot run here, the source still can take it back.
      const Failure failure = co_await let_run(entry.vm);
      entry.step = failure.code ? Step::refused : Step::serving;
      co_await ledger->record(entry);
    }
  }
  for (Entry entry : ledger->unsettled()) {
    platform.record("migration.recovering", {{"vm", entry.vm.text},
                                             {"epoch", entry.epoch.value},
                                             {"role", entry.role == Role::source ? "source" : "destination"},
                                             {"step", static_cast<int>(entry.step)}});
    if (entry.role == Role::destination) {
      if (entry.step == Step::prepared) continue;  // only the source may end it
      // Nothing was promised. A guest that was loaded, but not yet promised, is paused here.
      entry.step = Step::aborted;
      co_await ledger->record(entry);
      co_await hypervisor.discard(entry.vm);
      continue;
    }
    if (entry.step == Step::intent) {
      entry.step = Step::aborted;
      co_await ledger->record(entry);
    }
    scope.spawn(settle_and_conclude(entry));
  }
}

Task<Settlement> Agent::State::settle(Entry entry) {
  Random random = platform.random("migration.settle." + entry.vm.text);
  Duration pause = retry_first;
  for (;;) {
    std::string failure;
    try {
      amst::SessionConfig one_stream = config.session;
      one_stream.streams = 1;
      one_stream.streams_min = 0;  // whatever the agent keeps for migrations
      one_stream.resume_timeout = answer_deadline;
      std::optional<NodeId> partner;
      if (!entry.partner.text.empty()) partner = entry.partner;
      auto session =
          co_await platform::with_deadline(platform, answer_deadline, "connecting to the destination",
                                           amst::connect(platform, entry.peer, self(), one_stream, std::move(partner)));
      const Message answer = co_await platform::with_deadline(platform, answer_deadline, "the destination's answer",
                                                              ask(*session, word_of(entry)));
      session->abort(Failure(Errc::session_closed, "settled"));
      if (std::holds_alternative<Running>(answer)) co_return Settlement::destination_runs;
      if (std::holds_alternative<CannotRun>(answer)) co_return Settlement::destination_cannot;
      if (std::holds_alternative<Aborted>(answer)) co_return Settlement::aborted;
      failure = "answered " + std::string(name_of(answer));
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      failure = error.what();
    }
    platform.record("migration.settling", {{"vm", entry.vm.text}, {"failure", failure}, {"retry_in_ns", pause}});
    co_await platform::sleep_for(platform, random.between(pause / 2, pause));
    pause = std::min(pause * 2, retry_longest);
  }
}

Task<void> Agent::State::conclude(Entry entry, Settlement settlement) {
  switch (settlement) {
    case Settlement::destination_runs:
      // Discarded before it is recorded: a crash in between asks the destination once more.
      co_await hypervisor.discard(entry.vm);
      entry.step = Step::done;
      break;
    case Settlement::destination_cannot:
      co_await hypervisor.resume(entry.vm);
      entry.step = Step::taken_back;
      break;
    case Settlement::aborted:
      entry.step = Step::rejected;
      break;
  }
  co_await ledger->record(entry);
  platform.record("migration.settled", {{"vm", entry.vm.text},
                                        {"epoch", entry.epoch.value},
                                        {"owner_here", settlement != Settlement::destination_runs}});
}

Task<void> Agent::State::settle_and_conclude(Entry entry) {
  const auto self = shared_from_this();
  const Settlement settlement = co_await settle(entry);
  for (Duration pause = retry_first;; pause = std::min(pause * 2, retry_longest)) {
    // A hypervisor that does not do as it is told may be mended; the agent has other guests to look after.
    std::string failure;
    try {
      co_await conclude(entry, settlement);
      co_return;
    } catch (const Error& error) {
      if (error.code() != Errc::hypervisor_failed && error.code() != Errc::not_found) throw;
      failure = Failure(error.code(), error.detail()).message();
    }
    platform.record("migration.not_concluded", {{"vm", entry.vm.text}, {"failure", failure}, {"retry_in_ns", pause}});
    co_await platform::sleep_for(platform, pause);
  }
}

}  // namespace dwcp::migration
