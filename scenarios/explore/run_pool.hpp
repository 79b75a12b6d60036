// Runs in processes of their own, several at once, none for longer than a bound.
#pragma once

#include <list>

#include "scenarios/runner/job.hpp"

namespace dwcp::scenarios {

struct EndedRun {
  std::uint64_t ticket = 0;
  reports::Result result;
  std::filesystem::path folder;  // the run's files; the pool's
};

class RunPool {
 public:
  using WallTime = std::chrono::milliseconds;

  // `jobs` >= 1 at once. A run that takes longer than `run_time_max` of wall time is ended, and found guilty of "hang".
  // `work` is made, and removed with everything in it in the end. Throws Error(storage_failed) naming it.
  RunPool(unsigned jobs, WallTime run_time_max, std::filesystem::path work, RunWorld world);
  ~RunPool();
  RunPool(const RunPool&) = delete;
  RunPool& operator=(const RunPool&) = delete;

  bool has_room() const { return running_.size() < jobs_; }
  bool idle() const { return running_.empty(); }
  // Precondition: has_room(). Tickets are the caller's, each once at a time.
  void start(std::uint64_t ticket, Scenario scenario, std::uint64_t seed, std::string reproduce);
  // Those that have ended; waits up to `longest` when none has. In no particular order.
  std::vector<EndedRun> wait(WallTime longest);
  // Ends those with larger tickets.
  void drop_after(std::uint64_t ticket);
  void drop_all();
  // Removes the files of a run; or moves them there, in the place of what is there.
  void discard(const EndedRun& run);
  void keep(const EndedRun& run, const std::filesystem::path& to);

 private:
  using Clock = std::chrono::steady_clock;
  struct Running {
    std::uint64_t ticket;
    Clock::time_point began;
    std::unique_ptr<JobProcess> process;
  };

  std::list<Running>::iterator drop(std::list<Running>::iterator run);
  bool overdue(const Running& run) const { return Clock::now() - run.began >= run_time_max_; }
  reports::Result hung(const JobProcess& process) const;

  unsigned jobs_;
  WallTime run_time_max_;
  std::filesystem::path work_;
  RunWorld world_;
  std::list<Running> running_;
  std::uint64_t folders_ = 0;
};

}  // namespace dwcp::scenarios
