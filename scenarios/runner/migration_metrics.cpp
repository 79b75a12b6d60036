// From what agents report to figures.
#include <algorithm>

#include "scenarios/runner/engine_config.hpp"
#include "scenarios/runner/experiment.hpp"

namespace dwcp::scenarios {
namespace {

std::string outcome_of(const Attempt& attempt, const std::string& host_now) {
  if (!attempt.over) return "unfinished";
  if (attempt.report && attempt.report->outcome == migration::Outcome::completed) return "completed";
  if (attempt.report && attempt.report->outcome == migration::Outcome::rolled_back) return "rolled_back";
  // Decided without the source's agent: where the VM is tells.
  if (host_now == attempt.event->to) return "completed";
  return host_now.empty() ? "undecided" : "rolled_back";
}

void add_classes(const hde::ClassStats& stats, reports::MigrationResult& m) {
  for (std::size_t i = 0; i < hde::page_class_count; ++i) {
    const auto page_class = static_cast<hde::PageClass>(i);
    m.classes.push_back({std::string(hde::to_string(page_class)), stats[page_class].in, stats[page_class].out});
  }
  m.classes.push_back({"overhead", Bytes(0), stats.overhead});
}

}  // namespace

reports::MigrationResult migration_result(const Attempt& attempt, const std::string& host_now,
                                          const Topology& topology) {
  reports::MigrationResult m;
  m.vm = attempt.event->vm;
  m.from = attempt.from;
  m.to = attempt.event->to;
  m.outcome = outcome_of(attempt, host_now);
  m.reason = attempt.failure;
  m.started = attempt.asked;
  m.downtime_wanted = attempt.event->policy.downtime;
  if (!attempt.from.empty()) m.path_capacity = path_capacity(topology, attempt.from, attempt.event->to);
  if (attempt.stopped && attempt.resumed) m.downtime = *attempt.resumed - *attempt.stopped;
  if (!attempt.report) return m;
  const migration::Report& r = *attempt.report;
  m.reason = r.reason;
  m.total_time = r.total_time;
  if (!attempt.resumed) m.downtime = r.downtime;
  m.downtime_predicted = r.downtime_predicted;
  m.rounds = r.rounds;
  m.throttle_percent = r.throttle_percent_max;
  m.forced_stop = r.forced_stop;
  m.security = r.security;
  m.bytes_guest = r.bytes_guest;
  m.bytes_wire = r.bytes_wire;
  m.bytes_resent = r.bytes_resent;
  m.goodput = rate_of(r.bytes_acknowledged, r.transfer_time);
  add_classes(r.classes, m);
  return m;
}

void add_migration_metrics(reports::Result& result) {
  auto& metrics = result.metrics;
  const auto number = [&](const std::string& name) -> double& {
    return std::get<double>(metrics.try_emplace(name, 0.0).first->second);
  };
  const auto most = [&](const std::string& name, double value) { number(name) = std::max(number(name), value); };
  for (const char* name : {"migrations.completed", "migrations.rolled_back", "migrations.unfinished", "hde.bytes_in",
                           "hde.bytes_out", "migration.bytes_guest", "migration.bytes_wire", "amst.bytes_resent",
                           "amst.goodput_bps", "amst.link_utilisation", "migration.throttle_percent"})
    number(name) = 0;
  for (std::size_t i = 0; i < hde::page_class_count; ++i) {
    const std::string name(hde::to_string(static_cast<hde::PageClass>(i)));
    number("hde.class_bytes." + name) = 0;
    number("hde.class_bytes_out." + name) = 0;
  }
  double goodput = 0, capacity = 0;
  for (const reports::MigrationResult& m : result.migrations) {
    number("migrations.completed") += m.outcome == "completed";
    number("migrations.rolled_back") += m.outcome == "rolled_back";
    number("migrations.unfinished") += m.outcome == "unfinished" || m.outcome == "undecided";
    most("migration.total_time_s", to_seconds(m.total_time));
    most("migration.downtime_s", to_seconds(m.downtime));
    most("migration.rounds", m.rounds);
    most("migration.throttle_percent", m.throttle_percent);
    number("migration.bytes_guest") += static_cast<double>(m.bytes_guest.value);
    number("migration.bytes_wire") += static_cast<double>(m.bytes_wire.value);
    number("amst.bytes_resent") += static_cast<double>(m.bytes_resent.value);
    for (const reports::ClassBytes& c : m.classes) {
      number("hde.bytes_in") += static_cast<double>(c.in.value);
      number("hde.bytes_out") += static_cast<double>(c.out.value);
      if (c.name == "overhead") continue;
      number("hde.class_bytes." + c.name) += static_cast<double>(c.in.value);
      number("hde.class_bytes_out." + c.name) += static_cast<double>(c.out.value);
    }
    if (m.goodput.value == 0) continue;
    goodput += static_cast<double>(m.goodput.value);
    capacity += static_cast<double>(m.path_capacity.value);
  }
  number("amst.goodput_bps") = goodput;
  if (capacity > 0) number("amst.link_utilisation") = goodput / capacity;
  if (number("migration.bytes_wire") > 0)
    number("amst.resent_ratio") = number("amst.bytes_resent") / number("migration.bytes_wire");
  if (number("hde.bytes_out") > 0) number("hde.ratio") = number("hde.bytes_in") / number("hde.bytes_out");
}

}  // namespace dwcp::scenarios
