// What happens in one run, gathered the same way in both worlds: migrations asked for and reported, guests that start
// and stop, what the checkers found; and the result that comes of it.
#pragma once

#include <functional>
#include <optional>
#include <set>

#include "engine/migration/agent.hpp"
#include "reports/terminal.hpp"
#include "scenarios/checkers/bounded_queues.hpp"
#include "scenarios/checkers/memory_equal.hpp"
#include "scenarios/checkers/nothing_leaks.hpp"
#include "scenarios/checkers/one_owner.hpp"
#include "scenarios/checkers/session_accounts.hpp"
#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

// One migration that an event asks for.
struct Attempt {
  const MigrateEvent* event = nullptr;
  std::string from;
  Duration asked{0};
  bool under_way = false, over = false;
  std::optional<migration::Report> report;
  std::string failure;  // why there is no report
  migration::Progress progress;
  std::optional<Duration> stopped, resumed;  // the guest's, as the hosts saw them
};

class Experiment {
 public:
  // `window` is what each session may hold. The scenario outlives the experiment.
  Experiment(const Scenario& scenario, Bytes window, MemoryEqual::Compare compare);

  // What the world tells. Times never go back.
  void guest_changed(GuestChange change);
  void heard(const platform::Record& record) { accounts_.on_record(record); }
  std::size_t begin_attempt(const MigrateEvent& event, std::string from, Duration now);
  void progress(std::size_t attempt, const migration::Progress& progress) { attempts_[attempt].progress = progress; }
  void report(std::size_t attempt, Duration now, migration::Report report);
  // It ended without a report: refused, or its agent did.
  void give_up(std::size_t attempt, const std::string& why);
  void fault_injected() { ++faults_; }
  void agent_restarted() { ++restarts_; }
  void found(std::string checker, Duration now, std::string detail);
  void abort(const std::string& reason) { abort_reason_ = abort_reason_.empty() ? reason : abort_reason_; }

  // Where the VM runs; empty when it runs nowhere.
  std::string host_of(const std::string& vm) const;
  bool attempts_over() const { return open_ == 0; }
  bool settled() const { return attempts_over() && owner_.settled(); }
  bool aborted() const { return !abort_reason_.empty(); }
  double migrated() const;  // 0..1
  std::string phase() const;
  NothingLeaks& leaks() { return leaks_; }
  const std::vector<Attempt>& attempts() const { return attempts_; }

  // Aborts when a threshold that asks for it does not hold now.
  void check_aborts(Duration now, const std::function<void(reports::Result&)>& complete);
  // The run is over: what agents leave behind as they are ended counts no more.
  void close() { closed_ = true; }
  // Precondition: nothing moves any more.
  void finish(Duration now);
  // Migrations, metrics, violations, reason. May be asked before the end.
  reports::Result result(Duration now) const;

 private:
  std::vector<const Checker*> checkers() const { return {&owner_, &memory_, &queues_, &leaks_, &accounts_}; }

  const Scenario& scenario_;
  Bytes window_;
  OneOwner owner_;
  MemoryEqual memory_;
  BoundedQueues queues_;
  NothingLeaks leaks_;
  SessionAccounts accounts_;
  std::vector<Attempt> attempts_;
  std::size_t open_ = 0;  // attempts that are not over
  std::vector<reports::Violation> found_;
  std::string abort_reason_;
  std::size_t faults_ = 0, restarts_ = 0;
  bool closed_ = false;
};

// What the attempt became, with where its VM is now.
reports::MigrationResult migration_result(const Attempt& attempt, const std::string& host_now,
                                          const Topology& topology);
// Fills metrics from migrations.
void add_migration_metrics(reports::Result& result);

}  // namespace dwcp::scenarios
