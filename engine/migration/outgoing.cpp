// The source's side of one migration.
#include "engine/migration/outgoing.hpp"
#include "engine/platform/deadline.hpp"

namespace dwcp::migration {
namespace {

constexpr Duration accept_timeout = std::chrono::seconds(30);
constexpr Duration abort_answer_timeout = std::chrono::seconds(5);

// The destination sends no chunks but those of pipes.
Task<void> distribute(std::shared_ptr<amst::Session> session, std::shared_ptr<PipeBoard> pipes) {
  Failure ended;
  try {
    for (;;) {
      amst::Delivery delivery = co_await session->receive();
      if (delivery.channel != pipes_channel)
        throw Error(Errc::protocol_error, "a chunk on channel " +
                                              std::to_string(static_cast<unsigned>(delivery.channel)) +
                                              " came from the destination");
      pipes->take(std::move(delivery));
    }
  } catch (const boost::system::system_error& error) {
    ended = Failure(error.code(), error.what());
  }
  pipes->fail(ended);
  if (ended.code != asio::error::operation_aborted) session->abort(ended);
}

}  // namespace

bool Outgoing::cancel() {
  if (decided_) return false;
  cancelled_ = true;
  changed_.notify_all();
  return true;
}

Task<Report> Outgoing::run() {
  const auto self = shared_from_this();
  platform::Platform& platform = agent_->platform;
  started_ = platform.now();
  std::optional<Failure> failed;
  try {
    co_await begin();
    co_await move();
    co_await decide();
  } catch (const Error& error) {
    failed = Failure(error.code(), error.detail());
  } catch (const boost::system::system_error& error) {
    failed = Failure(error.code() == asio::error::operation_aborted ? make_error_code(Errc::cancelled) : error.code(),
                     error.code() == asio::error::operation_aborted ? "the agent ends" : error.what());
  }
  if (failed) {
    // A rollback is not cut short: the guest must run when this task ends.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await roll_back(*failed);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  } else {
    co_await hand_over();
  }
  report_.total_time = platform.now() - started_;
  fill_report();
  platform.record("migration.ended", {{"vm", report_.vm.text},
                                      {"completed", report_.outcome == Outcome::completed},
                                      {"reason", report_.reason},
                                      {"total_time_ns", report_.total_time},
                                      {"downtime_ns", report_.downtime},
                                      {"bytes_wire", report_.bytes_wire}});
  if (session_) session_->abort(Failure(Errc::session_closed, "the migration ended"));
  co_return report_;
}

Task<void> Outgoing::begin() {
  platform::Platform& platform = agent_->platform;
  entry_ = {request_.vm, Epoch(agent_->ledger->highest_epoch(request_.vm).value + 1), Role::source, Step::intent,
            request_.destination};
  const MoveOptions options{request_.movement, request_.copy_disks, request_.policy.throttle_max};
  GuestOffer guest = co_await agent_->hypervisor.describe(request_.vm, options);
  platform.record("migration.started", {{"vm", request_.vm.text},
                                        {"epoch", entry_.epoch.value},
                                        {"destination", platform::to_string(request_.destination.front())},
                                        {"memory_bytes", guest.guest.memory}});
  const TimePoint before = platform.now();
  co_await agent_->ledger->record(entry_);
  journal_cost_ = platform.now() - before;
  session_ = co_await amst::connect(platform, request_.destination, agent_->self(), agent_->config.session,
                                    request_.destination_node);
  entry_.partner = session_->peer().node;
  // Named, here and below: g++ 12 destroys an aggregate twice that is made within a co_await expression.
  pipes_ = std::make_shared<PipeBoard>(platform, session_, true);
  agent_->scope.spawn(distribute(session_, pipes_));
  encoding_ = agent_->config.encoding;
  if (request_.movement == Movement::pre_copy) {
    encoding_.delta_cache = agent_->budget(request_.vm, "delta_cache", encoding_.delta_cache);
    encoding_.match_window = agent_->budget(request_.vm, "match_window", encoding_.match_window);
  }
  std::optional<KeptWindows::Kept> kept;
  if (request_.movement == Movement::pre_copy)
    kept = agent_->kept.take_for(entry_.partner, request_.vm, encoding_.share_windows, platform.now());
  Offer terms{request_.vm,      entry_.epoch,          agent_->config.node,
              std::move(guest), encoding_.delta_cache, encoding_.match_window};
  if (kept) terms.window = {kept->name, kept->window.last.value};
  Message offer = std::move(terms);
  co_await send(*session_, std::move(offer));
  const Message answer =
      co_await platform::with_deadline(platform, accept_timeout, "the destination's answer", receive(*session_));
  if (const auto* refuse = std::get_if<Refuse>(&answer)) throw Error(Errc::refused, refuse->reason);
  const auto* accept = std::get_if<Accept>(&answer);
  if (accept == nullptr)
    throw Error(Errc::protocol_error, "the destination answered an offer with " + std::string(name_of(answer)));
  if (!kept || !accept->window_from) co_return;
  kept->window.drop_below(hde::BatchId(*accept->window_from));
  window_ = std::move(kept->window);
  platform.record("migration.window_kept", {{"vm", request_.vm.text}, {"bytes", window_.size()}});
}

// Returns when the destination holds the whole guest and has promised to keep it.
Task<void> Outgoing::move() {
  platform::Platform& platform = agent_->platform;
  // The journal is written three times while the guest stands still: prepared, committed, owned.
  convergence_.emplace(request_.policy, 3 * journal_cost_ + agent_->switchover.expected());
  const MoveOptions options{request_.movement, request_.copy_disks, request_.policy.throttle_max};
  if (request_.movement == Movement::pre_copy)
    sender_ = std::make_unique<StreamSender>(platform, session_, encoding_, std::move(window_));
  else
    session_->on_acknowledged([pipes = std::weak_ptr(pipes_)](amst::Sequence) {
      if (const auto board = pipes.lock()) board->on_acknowledged();
    });
  guest_ = co_await agent_->hypervisor.start_outgoing(request_.vm, options, *pipes_);
  transfer_began_ = platform.now();
  std::function<Task<void>(platform::Scope&)> body = [this](platform::Scope& scope) -> Task<void> {
    scope.spawn(listen());
    scope.spawn(steer());
    if (sender_) scope.spawn(carry_stream());
    co_await wait_until_prepared();
    scope.cancel();
  };
  co_await platform::in_scope(platform, std::move(body));
  if (!prepared_) throw Error(Errc::cancelled, "the user asked for it");
}

Task<void> Outgoing::carry_stream() {
  std::function<Task<void>(StreamEnd)> on_end = [this](StreamEnd end) {
    watch_transfer(measure());
    notice_stop();
    return send(*session_, end);
  };
  co_await sender_->run(*guest_, std::move(on_end));
}

Task<void> Outgoing::wait_until_prepared() {
  while (!prepared_) {
    if (cancelled_) throw Error(Errc::cancelled, "the user asked for it");
    if (stopped_ == TimePoint{}) {
      co_await changed_.wait();
    } else if (const TimePoint limit = stopped_ + request_.policy.switchover_timeout;
               !co_await changed_.wait_until(limit) && !prepared_) {
      throw Error(Errc::timed_out, "the guest has stood still for " + to_string(request_.policy.switchover_timeout) +
                                       " and the destination is not prepared");
    }
  }
}

Task<void> Outgoing::listen() {
  for (;;) {
    Message message = co_await receive(*session_);
    if (const auto* missing = std::get_if<Missing>(&message); missing && sender_) {
      sender_->resend(*missing);
    } else if (const auto* refuse = std::get_if<Refuse>(&message)) {
      throw Error(Errc::refused, refuse->reason);
    } else if (const auto* prepared = std::get_if<Prepared>(&message); prepared && prepared->epoch == entry_.epoch) {
      prepared_ = true;
      changed_.notify_all();
    } else {
      throw Error(Errc::protocol_error, std::string(name_of(message)) + " came while the guest was being moved");
    }
  }
}

// From the durable `committed` on the guest belongs to the destination, unless that says that it cannot run it. A
// journal that cannot be written decides nothing: the destination has not been told, and never will be.
Task<void> Outgoing::decide() {
  decided_ = true;
  Entry committed = entry_;
  committed.step = Step::committed;
  co_await agent_->ledger->record(committed);
  entry_ = committed;
  agent_->platform.record("migration.decided", {{"vm", request_.vm.text}, {"epoch", entry_.epoch.value}});
}

Task<void> Outgoing::hand_over() {
  platform::Platform& platform = agent_->platform;
  Settlement settlement = Settlement::destination_runs;
  bool answered = false;
  try {
    Message word = Commit{request_.vm, entry_.epoch};
    co_await send(*session_, std::move(word));
    const Message answer = co_await platform::with_deadline(
        platform, request_.policy.switchover_timeout, "the destination's word that the guest runs", receive(*session_));
    answered = std::holds_alternative<Running>(answer) || std::holds_alternative<CannotRun>(answer);
    if (std::holds_alternative<CannotRun>(answer)) settlement = Settlement::destination_cannot;
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    platform.record("migration.settling", {{"vm", request_.vm.text}, {"failure", error.what()}});
  }
  if (!answered) settlement = co_await agent_->settle(entry_);
  report_.downtime = platform.now() - stopped_;
  if (settlement == Settlement::destination_runs && sender_)
    agent_->keep_window(entry_.partner, {request_.vm, entry_.epoch}, sender_->kept_window());
  if (answered && sender_ && !report_.forced_stop)
    agent_->switchover.observe(report_.downtime_predicted, report_.downtime);
  const bool fetches = request_.movement == Movement::post_copy && switched_;
  if (fetches && settlement == Settlement::destination_runs) {
    std::string not_fetched;
    try {
      co_await fetch_rest();
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      not_fetched = error.what();
    }
    if (!not_fetched.empty()) {
      // The hypervisor does not discard a guest whose pages are still needed; it is asked again until it can.
      report_.outcome = Outcome::undecided;
      report_.reason = "it runs at the destination, and the rest of its memory may not have got there: " + not_fetched;
      agent_->scope.spawn(agent_->settle_and_conclude(entry_));
      co_return;
    }
  }
  std::string not_concluded;
  try {
    co_await agent_->conclude(entry_, settlement);
  } catch (const Error& error) {
    if (error.code() != Errc::hypervisor_failed && error.code() != Errc::not_found) throw;
    not_concluded = Failure(error.code(), error.detail()).message();
  }
  guest_.reset();
  if (!not_concluded.empty()) {
    report_.outcome = Outcome::undecided;
    report_.reason = not_concluded;
    agent_->scope.spawn(agent_->settle_and_conclude(entry_));
    co_return;
  }
  report_.outcome = settlement == Settlement::destination_runs ? Outcome::completed : Outcome::rolled_back;
  if (settlement != Settlement::destination_runs) report_.reason = "the destination could not run the guest";
}

// The guest runs at the destination, and its last pages are still here: nothing may be discarded before they are there.
Task<void> Outgoing::fetch_rest() {
  fetching_ = true;
  std::function<Task<void>(platform::Scope&)> body = [this](platform::Scope& scope) -> Task<void> {
    scope.spawn(steer());
    co_await guest_->emptied();
    scope.cancel();
  };
  co_await platform::in_scope(agent_->platform, std::move(body));
}

// The guest runs first; the destination is told afterwards, for as long as it takes, by a task of the agent.
Task<void> Outgoing::roll_back(Failure why) {
  guest_.reset();
  report_.outcome = Outcome::rolled_back;
  report_.reason = why.message();
  co_await agent_->hypervisor.resume(request_.vm);
  if (stopped_ != TimePoint{}) report_.downtime = agent_->platform.now() - stopped_;
  entry_.step = session_ ? Step::aborted : Step::rejected;  // a destination that was never reached knows nothing
  co_await agent_->ledger->record(entry_);
  if (!session_) co_return;
  if (session_->state() == amst::State::connected) {
    try {
      Message word = Abort{request_.vm, entry_.epoch};
      co_await send(*session_, std::move(word));
      const TimePoint deadline = agent_->platform.now() + abort_answer_timeout;
      while (agent_->platform.now() < deadline) {
        const Message answer = co_await platform::with_deadline(agent_->platform, deadline - agent_->platform.now(),
                                                                "the destination's answer", receive(*session_));
        // A Refuse is sent after the destination has recorded that it gave up.
        if (std::holds_alternative<Aborted>(answer) || std::holds_alternative<Refuse>(answer))
          co_return co_await agent_->conclude(entry_, Settlement::aborted);
      }
    } catch (const boost::system::system_error& error) {
      agent_->platform.record("migration.settling", {{"vm", request_.vm.text}, {"failure", error.what()}});
    }
  }
  agent_->scope.spawn(agent_->settle_and_conclude(entry_));
}

Task<Report> move_out(std::shared_ptr<Agent::State> agent, Request request) {
  const VmId vm = request.vm;
  const auto outgoing = std::make_shared<Outgoing>(agent, std::move(request));
  agent->outgoing[vm] = [outgoing] { return outgoing->cancel(); };
  const auto leave = std::shared_ptr<void>(nullptr, [agent, vm](void*) { agent->outgoing.erase(vm); });
  co_return co_await outgoing->run();
}

}  // namespace dwcp::migration
