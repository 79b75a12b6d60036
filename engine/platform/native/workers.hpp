// Threads that run blocking or heavy jobs for coroutines of any executor.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/platform/handler.hpp"

namespace dwcp::platform::native {

class Workers {
 public:
  // Jobs that share one never run at the same time: what they would contend for, they take in turns, and no thread
  // waits for it. Outlives its jobs.
  class Turn {
    friend class Workers;
    bool taken_ = false;  // guarded by Workers::lock_
  };

  // `threads` >= 1. `name` (at most 15 characters) shows in ps and perf.
  Workers(unsigned threads, const char* name);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Runs `job` on one of the threads and resumes the caller on its own executor; what the job throws is rethrown. First
  // come first served, except where `turn` is taken. A job that has not begun when the caller is cancelled never begins
  // (operation_aborted); one that has begun is waited for, so that what it refers to stays alive. The caller stays
  // suspended meanwhile: at most as many jobs wait as there are coroutines.
  Task<void> run(std::function<void()> job, Turn* turn = nullptr);

  // Waits for the jobs that have begun; no other begins: the callers of those are destroyed. Idempotent.
  void stop();
  unsigned threads() const { return count_; }

 private:
  struct Job {
    std::uint64_t id = 0;
    std::function<void()> body;
    Turn* turn = nullptr;
    Handler done;
  };
  void enqueue(std::function<void()> body, Turn* turn, Handler done);
  void cancel(std::uint64_t id);
  void work();
  std::deque<Job>::iterator first_that_may_begin();
  void give_back(Turn* turn);

  const unsigned count_;
  std::mutex lock_;
  std::condition_variable ready_;
  std::deque<Job> waiting_;
  std::uint64_t next_id_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace dwcp::platform::native
