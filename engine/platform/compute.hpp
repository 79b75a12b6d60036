// Heavy work off the control executor. On a real host: a thread pool. In the simulation the work is done at once and
// completes after a modelled time, taken from measured codec speeds: otherwise compression would seem free there.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

#include "engine/base/units.hpp"
#include "engine/platform/task.hpp"

namespace dwcp::platform {

// The kinds of work whose speed differs; the simulation's table of bytes per second has one row for each.
enum class WorkKind {
  copy,
  match,  // looking for long matches
  zero_check,
  hash,
  delta_encode,
  delta_decode,
  lz4_encode,
  lz4_decode,
  zstd_encode,
  zstd_decode
};

struct Work {
  WorkKind kind = WorkKind::copy;
  int level = 0;  // of zstd; 0 elsewhere
  Bytes input{0};
};

// What one call of run() is going to do, as a list, so that a batch that checks, hashes and compresses is one job.
using WorkList = std::vector<Work>;

// Processor time by what it was spent on.
using StageTimes = std::map<std::string_view, Duration>;

class Compute {
 public:
  virtual ~Compute() = default;
  // Runs `job` and returns the processor time that it took (modelled in the simulation), which also counts for `stage`,
  // a literal that names a step of a data path ("encode"). `job` returns the list of work that it turned out to do.
  // Exceptions of the job are rethrown here. The caller stays suspended meanwhile: as many jobs wait as there are
  // coroutines that wait for theirs.
  Task<Duration> run(std::string_view stage, std::function<WorkList()> job);
  // Of all jobs that have ended. Safe on every executor.
  StageTimes times() const;
  // Processors that may run jobs at once, >= 1.
  virtual unsigned cores() const = 0;

 private:
  virtual Task<Duration> execute(std::function<WorkList()> job) = 0;

  mutable std::mutex lock_;  // of times_: jobs are run from every executor
  StageTimes times_;
};

}  // namespace dwcp::platform
