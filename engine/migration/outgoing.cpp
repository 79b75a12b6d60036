// The source's side of one migration.
#include "engine/migration/agent_state.hpp"
#include "engine/migration/convergence.hpp"
#include "engine/migration/stream_sender.hpp"
#include "engine/platform/deadline.hpp"

namespace dwcp::migration {
namespace {

constexpr Duration look_every = std::chrono::milliseconds(50);
constexpr unsigned looks_per_record = 10;  // of the progress, in the event log
constexpr Duration accept_timeout = std::chrono::seconds(30);
constexpr Duration abort_answer_timeout = std::chrono::seconds(5);
constexpr Duration near_switchover = std::chrono::seconds(1);             // of predicted downtime
constexpr Duration line_near_switchover = std::chrono::milliseconds(40);  // of traffic that waits in line then
constexpr Bytes pipeline_unlimited{~std::uint64_t{0}};                    // but for the session's window
constexpr Bytes pipeline_least = MiB(1);

using std::chrono::milliseconds;

class Outgoing : public std::enable_shared_from_this<Outgoing> {
 public:
  Outgoing(std::shared_ptr<Agent::State> agent, Request request)
      : agent_(std::move(agent)), request_(std::move(request)), changed_(agent_->platform, agent_->platform.control()) {
    report_.vm = request_.vm;
  }

  Task<Report> run();
  bool cancel();

 private:
  Task<void> begin();
  Task<void> move();
  Task<void> listen();
  Task<void> steer();
  Task<void> act(const Decision& decision);
  Task<void> decide();
  Task<void> hand_over();
  Task<void> roll_back(Failure why);
  Task<void> wait_until_prepared();
  Measurement measure() const;
  void watch_transfer(const Measurement& now);
  void notice_stop();
  void size_pipeline(const Decision& decision, const Measurement& now);
  void tell_progress(const Decision& decision, const Measurement& now);
  void record_progress(const Decision& decision, const Measurement& now);
  void fill_report();

  std::shared_ptr<Agent::State> agent_;
  Request request_;
  Report report_;
  platform::Event changed_;
  Entry entry_;
  TimePoint started_{}, transfer_began_{}, stopped_{};
  Duration journal_cost_{0};  // of one durable record, measured

  std::shared_ptr<amst::Session> session_;
  std::unique_ptr<StreamSender> sender_;
  std::unique_ptr<OutgoingGuest> guest_;
  std::optional<Convergence> convergence_;
  bool accepted_ = false, prepared_ = false, cancelled_ = false, decided_ = false;
  std::optional<Message> verdict_;  // Running or CannotRun
};

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
  const GuestInfo guest = co_await agent_->hypervisor.find(request_.vm);
  entry_ = {request_.vm, Epoch(agent_->ledger->highest_epoch(request_.vm).value + 1), Role::source, Step::intent,
            request_.destination};
  platform.record("migration.started", {{"vm", request_.vm.text},
                                        {"epoch", entry_.epoch.value},
                                        {"destination", platform::to_string(request_.destination.front())},
                                        {"memory_bytes", guest.memory}});
  const TimePoint before = platform.now();
  co_await agent_->ledger->record(entry_);
  journal_cost_ = platform.now() - before;
  session_ = co_await amst::connect(platform, request_.destination, agent_->identity(), agent_->config.session);
  // Named, here and below: g++ 12 destroys an aggregate twice that is made within a co_await expression.
  Message offer = Offer{request_.vm,  entry_.epoch, agent_->config.node,
                        guest.memory, guest.vcpus,  agent_->config.encoding.delta_cache};
  co_await send(*session_, std::move(offer));
  const Message answer =
      co_await platform::with_deadline(platform, accept_timeout, "the destination's answer", receive(*session_));
  if (const auto* refuse = std::get_if<Refuse>(&answer)) throw Error(Errc::refused, refuse->reason);
  if (!std::holds_alternative<Accept>(answer))
    throw Error(Errc::protocol_error, "the destination answered an offer with " + std::string(name_of(answer)));
  accepted_ = true;
}

// Returns when the destination holds the whole guest and has promised to keep it.
Task<void> Outgoing::move() {
  platform::Platform& platform = agent_->platform;
  // The journal is written three times while the guest stands still: prepared, committed, owned.
  convergence_.emplace(request_.policy, 3 * journal_cost_);
  sender_ = std::make_unique<StreamSender>(platform, session_, agent_->config.encoding);
  guest_ = co_await agent_->hypervisor.start_outgoing(request_.vm);
  transfer_began_ = platform.now();
  std::function<Task<void>(platform::Scope&)> body = [this](platform::Scope& scope) -> Task<void> {
    scope.spawn(listen());
    scope.spawn(steer());
    scope.spawn(sender_->run(*guest_, [this](StreamEnd end) {
      watch_transfer(measure());
      notice_stop();
      return send(*session_, end);
    }));
    co_await wait_until_prepared();
    scope.cancel();
  };
  co_await platform::in_scope(platform, std::move(body));
  if (!prepared_) throw Error(Errc::cancelled, "the user asked for it");
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
    if (const auto* missing = std::get_if<Missing>(&message)) {
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

Task<void> Outgoing::steer() {
  for (unsigned look = 0;; ++look) {
    const Measurement now = measure();
    watch_transfer(now);
    notice_stop();
    const Decision decision = convergence_->decide(now);
    if (stopped_ == TimePoint{}) co_await act(decision);
    size_pipeline(decision, now);
    tell_progress(decision, now);
    if (look % looks_per_record == 0) record_progress(decision, now);
    co_await platform::sleep_for(agent_->platform, look_every);
  }
}

// Also at the stream's end, since a switchover may take less time than passes between two looks.
void Outgoing::notice_stop() {
  const OutgoingStatus guest = guest_->status();
  if (stopped_ != TimePoint{} || !guest.guest_stopped) return;
  stopped_ = guest.stopped_at;
  agent_->platform.record("migration.guest_stopped", {{"vm", request_.vm.text}, {"round", guest.rounds}});
  changed_.notify_all();
}

Task<void> Outgoing::act(const Decision& decision) {
  report_.downtime_predicted =
      decision.kind == Decision::Kind::stop_guest ? decision.downtime_predicted : decision.downtime_at_limit;
  if (!decision.reason.empty())
    agent_->platform.record("migration.policy", {{"vm", request_.vm.text}, {"reason", decision.reason}});
  if (decision.kind == Decision::Kind::cancel) throw Error(Errc::not_converging, decision.reason);
  if (decision.kind == Decision::Kind::stop_guest) report_.forced_stop = true;
  if (decision.kind == Decision::Kind::throttle) {
    report_.throttle_percent_max = decision.throttle_percent;
    co_await guest_->throttle(decision.throttle_percent);
  }
  co_await guest_->allow_switchover(decision.switchover_limit);
}

Measurement Outgoing::measure() const {
  const OutgoingStatus guest = guest_->status();
  const SenderCounters sent = sender_->counters();
  const platform::PathSample path = session_->path();
  return {.time = agent_->platform.now(),
          .rounds = guest.rounds,
          .remaining = guest.remaining,
          .dirty_rate = guest.dirty_rate,
          .throttle_percent = guest.throttle_percent,
          .guest_bytes_read = sent.guest_read,
          .wire_bytes_made = sent.wire_made,
          .wire_bytes_acked = sent.wire_acked,
          .link = sent.link,
          .rtt = path.rtt_smoothed,
          .rtt_min = path.rtt_min,
          .retransmits = path.segments_retransmitted};
}

// Looked at before the guest's stop is noticed, so that the last look is at most look_every later.
void Outgoing::watch_transfer(const Measurement& now) {
  const amst::Stats session = session_->stats();
  report_.window_peak = std::max(report_.window_peak, session.window);
  report_.rounds = std::max(report_.rounds, now.rounds);
  if (stopped_ != TimePoint{}) return;
  report_.transfer_time = now.time - transfer_began_;
  report_.bytes_acknowledged = now.wire_bytes_acked;
}

// The bulk may fill every buffer; near the switchover what waits in line is downtime.
void Outgoing::size_pipeline(const Decision& decision, const Measurement& now) {
  const bool near = now.link.value > 0 && decision.downtime_predicted < near_switchover;
  const Bytes late = bytes_in(decision.way_and_back + line_near_switchover, now.link);
  sender_->set_pipeline_limit(near ? std::max(late, pipeline_least) : pipeline_unlimited);
}

void Outgoing::tell_progress(const Decision& decision, const Measurement& now) {
  if (!agent_->on_progress) return;
  agent_->on_progress({.vm = request_.vm,
                       .round = now.rounds,
                       .sent = now.guest_bytes_read,
                       .remaining = now.remaining,
                       .goodput = decision.goodput,
                       .dirty_rate = now.dirty_rate,
                       .downtime_predicted = decision.downtime_predicted,
                       .eta = decision.eta,
                       .throttle_percent = now.throttle_percent});
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
  guest_.reset();
  co_await agent_->conclude(entry_, settlement);
  report_.outcome = settlement == Settlement::destination_runs ? Outcome::completed : Outcome::rolled_back;
  if (settlement != Settlement::destination_runs) report_.reason = "the destination could not run the guest";
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

void Outgoing::record_progress(const Decision& decision, const Measurement& now) {
  agent_->platform.record("migration.progress", {{"vm", request_.vm.text},
                                                 {"round", now.rounds},
                                                 {"guest_bytes", now.guest_bytes_read},
                                                 {"wire_bytes", now.wire_bytes_acked},
                                                 {"under_way_bytes", now.wire_bytes_made - now.wire_bytes_acked},
                                                 {"remaining_bytes", now.remaining},
                                                 {"dirty_bps", now.dirty_rate},
                                                 {"goodput_bps", decision.goodput},
                                                 {"link_bps", now.link},
                                                 {"rtt_ns", now.rtt},
                                                 {"downtime_predicted_ns", decision.downtime_predicted},
                                                 {"switchover_limit_bytes", decision.switchover_limit}});
}

void Outgoing::fill_report() {
  if (!session_ || !sender_) return;
  const SenderCounters sent = sender_->counters();
  const amst::Stats wire = session_->stats();
  report_.bytes_guest = sent.guest_read;
  report_.classes = sent.classes;
  report_.bytes_wire = wire.bytes_wire;
  report_.bytes_resent = wire.bytes_resent;
}

}  // namespace

Task<Report> move_out(std::shared_ptr<Agent::State> agent, Request request) {
  const VmId vm = request.vm;
  const auto outgoing = std::make_shared<Outgoing>(agent, std::move(request));
  agent->outgoing[vm] = [outgoing] { return outgoing->cancel(); };
  const auto leave = std::shared_ptr<void>(nullptr, [agent, vm](void*) { agent->outgoing.erase(vm); });
  co_return co_await outgoing->run();
}

}  // namespace dwcp::migration
