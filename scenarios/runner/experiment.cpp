#include "scenarios/runner/experiment.hpp"

#include "scenarios/runner/aggregate.hpp"

#include <algorithm>
#include <utility>

namespace dwcp::scenarios {
namespace {

std::set<std::string> names_of(const std::map<std::string, Vm>& vms) {
  std::set<std::string> names;
  for (const auto& [name, vm] : vms) names.insert(name);
  return names;
}

}  // namespace

Experiment::Experiment(const Scenario& scenario, Bytes window, MemoryEqual::Compare compare)
    : scenario_(scenario), window_(window), owner_(names_of(scenario.vms)), memory_(std::move(compare)) {}

void Experiment::guest_changed(GuestChange change) {
  owner_.on_guest(change);
  memory_.on_guest(change);
  for (Attempt& attempt : attempts_) {
    if (attempt.event->vm != change.vm || attempt.resumed) continue;
    if (change.state == migration::GuestState::paused && change.host == attempt.from) attempt.stopped = change.time;
    if (change.state == migration::GuestState::running && attempt.stopped) {
      if (change.host == attempt.event->to) attempt.resumed = change.time;
      if (change.host == attempt.from) attempt.stopped.reset();  // it runs on; what comes later is another stop
    }
  }
}

std::size_t Experiment::begin_attempt(const MigrateEvent& event, std::string from, Duration now) {
  Attempt attempt;
  attempt.event = &event;
  attempt.from = std::move(from);
  attempt.asked = now;
  attempt.under_way = true;
  attempts_.push_back(std::move(attempt));
  ++open_;
  return attempts_.size() - 1;
}

void Experiment::report(std::size_t index, Duration now, migration::Report report) {
  Attempt& attempt = attempts_[index];
  queues_.on_session(now, "migration of '" + attempt.event->vm + "'", report.window_peak, window_);
  attempt.report = std::move(report);
  attempt.under_way = false;
  if (!std::exchange(attempt.over, true)) --open_;
}

void Experiment::give_up(std::size_t index, const std::string& why) {
  if (closed_) return;
  Attempt& attempt = attempts_[index];
  attempt.under_way = false;
  if (!std::exchange(attempt.over, true)) --open_;
  attempt.failure = why;
}

void Experiment::found(std::string checker, Duration now, std::string detail) {
  found_.push_back({std::move(checker), now, std::move(detail)});
}

std::string Experiment::host_of(const std::string& vm) const {
  const auto runners = owner_.runners(vm);
  return runners.empty() ? "" : *runners.begin();
}

double Experiment::migrated() const {
  const auto asked_by_name = std::count_if(scenario_.events.begin(), scenario_.events.end(),
                                           [](const Event& e) { return e.migrate.has_value(); });
  const auto expected = static_cast<double>(std::max(static_cast<std::size_t>(asked_by_name), attempts_.size()));
  double sum = 0;
  for (const Attempt& attempt : attempts_) {
    const auto done = static_cast<double>(attempt.progress.sent.value);
    const double all = done + static_cast<double>(attempt.progress.remaining.value);
    sum += attempt.over ? 1 : all > 0 ? done / all : 0;
  }
  return expected > 0 ? std::min(1.0, sum / expected) : 0;
}

std::string Experiment::phase() const {
  for (const Attempt& attempt : attempts_) {
    if (!attempt.under_way || attempt.progress.round == 0) continue;
    std::string text = "round " + std::to_string(attempt.progress.round);
    if (attempt.progress.goodput.value > 0) text += ", " + to_string(attempt.progress.goodput);
    return text;
  }
  return {};
}

void Experiment::check_aborts(Duration now, const std::function<void(reports::Result&)>& complete) {
  const auto due = [&](const Expectation& e) { return e.abort && now >= e.after; };
  if (aborted() || std::none_of(scenario_.expect.begin(), scenario_.expect.end(), due)) return;
  reports::Result so_far = result(now);
  complete(so_far);
  for (const Expectation& expectation : scenario_.expect) {
    if (!due(expectation)) continue;
    const auto value = so_far.metric(expectation.threshold.metric);
    if (value && !expectation.threshold.holds(*value))
      abort("'" + expectation.that + "' does not hold at " + to_string(now));
  }
}

void Experiment::finish(Duration now) {
  for (std::size_t i = 0; i < attempts_.size(); ++i)
    if (!attempts_[i].over) attempts_[i].under_way = false;
  owner_.at_end(now);
  memory_.at_end(now);
  queues_.at_end(now);
  leaks_.at_end(now);
}

reports::Result Experiment::result(Duration now) const {
  reports::Result result;
  result.virtual_time = now;
  result.reason = abort_reason_;
  result.violations = found_;
  for (const Checker* checker : checkers())
    for (const Finding& finding : checker->findings())
      result.violations.push_back({std::string(checker->name()), finding.time, finding.detail});
  std::stable_sort(result.violations.begin(), result.violations.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  for (const Attempt& attempt : attempts_) {
    result.migrations.push_back(migration_result(attempt, host_of(attempt.event->vm), scenario_.topology));
    result.migrations.back().wrong_pages = memory_.wrong_pages(attempt.event->vm);
  }
  add_migration_metrics(result);
  add_aggregate_metrics(result, scenario_.topology);
  result.metrics["memory.wrong_pages"] = static_cast<double>(memory_.wrong_pages());
  result.metrics["vms.lost"] = static_cast<double>(owner_.lost());
  result.metrics["vms.doubled"] = static_cast<double>(owner_.doubled());
  result.metrics["amst.window_peak_bytes"] = static_cast<double>(queues_.peak().value);
  result.metrics["agents.restarts"] = static_cast<double>(restarts_);
  result.metrics["faults.injected"] = static_cast<double>(faults_);
  return result;
}

}  // namespace dwcp::scenarios
