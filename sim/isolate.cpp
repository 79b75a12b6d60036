#include "sim/isolate.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <list>
#include <utility>

#include "engine/base/error.hpp"

// The leak sanitizer's check at exit is skipped by _exit(): it is asked for before, when it is there.
extern "C" int __lsan_do_recoverable_leak_check() __attribute__((weak));

namespace dwcp::sim {
namespace {

enum ExitCode { returned = 0, threw = 3, leaked = 4, no_pipe = 5 };

double wall_clock() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

bool write_all(int pipe, ByteSpan bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(pipe, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

[[noreturn]] void be_child(const IsolatedFunction& function, int pipe) {
  ExitCode code = returned;
  {
    ByteVector result;
    try {
      result = function();
    } catch (const std::exception& e) {
      const auto what = as_bytes(e.what());
      result.assign(what.begin(), what.end());
      code = threw;
    } catch (...) {
      code = threw;
    }
    if (!write_all(pipe, result)) code = no_pipe;
  }
  if (code == returned && __lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check() != 0) code = leaked;
  std::fflush(nullptr);
  _exit(code);
}

struct Child {
  std::size_t index;
  pid_t pid;
  int pipe;
  double start;
  double deadline;
  bool overdue = false;
  IsolatedResult result;
};

Child start(std::size_t index, const IsolatedFunction& function, Duration wall_limit) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error(Errc::internal, std::string("pipe: ") + std::strerror(errno));
  std::fflush(nullptr);  // else the child would print again what is buffered here
  const pid_t pid = fork();
  if (pid < 0) {
    close(ends[0]);
    close(ends[1]);
    throw Error(Errc::internal, std::string("fork: ") + std::strerror(errno));
  }
  if (pid == 0) {
    close(ends[0]);
    be_child(function, ends[1]);
  }
  close(ends[1]);
  const double now = wall_clock();
  return {index, pid, ends[0], now, now + to_seconds(wall_limit), false, {}};
}

// True at the end of the child's output.
bool read_some(Child& child) {
  std::byte buffer[1 << 16];
  const ssize_t n = read(child.pipe, buffer, sizeof buffer);
  if (n < 0) return errno != EINTR;
  child.result.bytes.insert(child.result.bytes.end(), buffer, buffer + n);
  return n == 0 || child.result.bytes.size() > isolated_result_max.value;
}

void finish(Child& child) {
  using End = IsolatedResult::End;
  close(child.pipe);
  if (child.overdue || child.result.bytes.size() > isolated_result_max.value) kill(child.pid, SIGKILL);
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  IsolatedResult& r = child.result;
  r.wall_seconds = wall_clock() - child.start;
  const auto took = std::to_string(r.wall_seconds) + " s of wall time";
  if (child.overdue) {
    r.end = End::timed_out;
    r.detail = "ended after " + took;
  } else if (r.bytes.size() > isolated_result_max.value) {
    r.detail = "its result is larger than " + dwcp::to_string(isolated_result_max);
  } else if (WIFSIGNALED(status)) {
    r.detail = std::string("signal ") + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
  } else if (WEXITSTATUS(status) == returned) {
    r.end = End::returned;
  } else if (WEXITSTATUS(status) == threw) {
    r.end = End::threw;
    r.detail = std::string(as_text(r.bytes));
  } else if (WEXITSTATUS(status) == leaked) {
    r.detail = "memory leaked";
  } else {
    r.detail = "exit status " + std::to_string(WEXITSTATUS(status));
  }
  if (r.end != End::returned) r.bytes.clear();
}

// Reads what the children write until at least one has ended; those are moved to the result.
std::list<Child> wait_for_some(std::list<Child>& running) {
  std::list<Child> ended;
  while (ended.empty()) {
    std::vector<pollfd> polls;
    double next = running.front().deadline;
    for (const Child& child : running) {
      polls.push_back({child.pipe, POLLIN, 0});
      next = std::min(next, child.deadline);
    }
    const double wait = std::clamp(next - wall_clock(), 0.0, 3600.0);
    poll(polls.data(), polls.size(), static_cast<int>(wait * 1000) + 1);
    const double now = wall_clock();
    std::size_t i = 0;
    for (auto it = running.begin(); it != running.end(); ++i) {
      auto child = it++;
      child->overdue = now >= child->deadline;
      const bool readable = (polls[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0;
      if (child->overdue || (readable && read_some(*child))) ended.splice(ended.end(), running, child);
    }
  }
  return ended;
}

}  // namespace

std::string to_string(IsolatedResult::End end) {
  switch (end) {
    case IsolatedResult::End::returned:
      return "returned";
    case IsolatedResult::End::threw:
      return "threw";
    case IsolatedResult::End::crashed:
      return "crashed";
    case IsolatedResult::End::timed_out:
      return "timed out";
  }
  return "?";
}

IsolatedResult run_isolated(const IsolatedFunction& function, Duration wall_limit) {
  IsolatedResult result;
  run_isolated(
      1, 1, wall_limit, [&](std::size_t) { return function(); },
      [&](std::size_t, IsolatedResult r) {
        result = std::move(r);
        return true;
      });
  return result;
}

void run_isolated(std::size_t count, unsigned jobs, Duration wall_limit,
                  const std::function<ByteVector(std::size_t)>& function,
                  const std::function<bool(std::size_t, IsolatedResult)>& done) {
  std::list<Child> running;
  std::size_t next = 0;
  bool going = true;
  while (true) {
    while (going && next < count && running.size() < std::max(jobs, 1u)) {
      const std::size_t index = next++;
      running.push_back(start(
          index, [&function, index] { return function(index); }, wall_limit));
    }
    if (running.empty()) return;
    for (Child& child : wait_for_some(running)) {
      finish(child);
      if (going) going = done(child.index, std::move(child.result));
    }
    if (going) continue;
    for (Child& child : running) {
      child.overdue = true;
      finish(child);
    }
    return;
  }
}

}  // namespace dwcp::sim
