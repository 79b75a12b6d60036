// All jobs of a node: those that wait, those that run, and the last that ended. Pure bookkeeping.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "engine/node/job.hpp"

namespace dwcp::node {

class JobBoard {
 public:
  static constexpr std::size_t under_way_max = 256;  // waiting or running; more are refused
  static constexpr std::size_t ended_max = 64;       // those that ended first are forgotten

  // Why the VM cannot have a new job: ownership_conflict when it has one under way, out_of_budget when there are too
  // many. No code: it can.
  Failure objection(const VmId& vm) const;
  // Errors: those above.
  Result<JobPtr> add(Order order, migration::Policy policy, TimePoint now);
  // Precondition of the following: the job is under way.
  void begin(JobId id, TimePoint now);
  void progress(JobId id, const migration::Progress& progress);
  void ask_cancel(JobId id);
  void end(JobId id, migration::Report report, TimePoint now);
  void fail(JobId id, Failure why, TimePoint now);

  JobPtr under_way(const VmId& vm) const;  // empty: none
  JobPtr latest(const VmId& vm) const;     // under way or ended; empty: none
  JobPtr find(JobId id) const;             // empty: unknown or forgotten
  std::vector<JobPtr> all() const;         // by id
  std::size_t running() const;

  // `observer` is called after every change of a job, until stop_watching().
  using Watch = Quantity<struct WatchTag>;
  Watch watch(std::function<void(const Job&)> observer);
  void stop_watching(Watch watch);

 private:
  Job& job(JobId id);
  void close(Job& job, TimePoint now);
  void tell(const Job& job);

  std::map<JobId, std::shared_ptr<Job>> jobs_;
  std::map<Watch, std::function<void(const Job&)>> observers_;
  JobId last_id_{0};
  Watch last_watch_{0};
};

}  // namespace dwcp::node
