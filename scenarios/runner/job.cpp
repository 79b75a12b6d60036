#include "scenarios/runner/job.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include "scenarios/runner/result_folder.hpp"

namespace dwcp::scenarios {
namespace {

// What crosses the pipe: smaller than PIPE_BUF, so that each write is whole.
struct ProgressMessage {
  std::int64_t virtual_ns = 0;
  double wall_s = 0, events_per_second = 0, migrated = 0, eta_s = -1;
  char phase[96] = {};
};

void send_progress(int descriptor, const reports::RunProgress& p) {
  ProgressMessage message{p.virtual_time.count(), p.wall_s, p.events_per_second, p.migrated, p.eta_s.value_or(-1), {}};
  std::strncpy(message.phase, p.phase.c_str(), sizeof message.phase - 1);
  // A full pipe drops progress, never holds the run up.
  [[maybe_unused]] const auto written = write(descriptor, &message, sizeof message);
}

[[noreturn]] void run_in_child(const Job& job, const RunWorld& run, int descriptor) {
  int status = 0;
  try {
    reports::Result result = run(job, [&](const reports::RunProgress& p) { send_progress(descriptor, p); });
    describe_run(job, result);
    judge(job.scenario, result);
    write_results(job.folder, result);
    if (job.report) write_run_report(job.folder);
  } catch (const Error& error) {
    std::ofstream(job.folder / "error.txt") << Failure(error.code(), error.detail()).message();
    status = 1;
  } catch (const std::exception& error) {
    std::ofstream(job.folder / "error.txt") << error.what();
    status = 1;
  }
  std::cout.flush();
  _exit(status);  // without destructors of what belongs to the parent
}

std::optional<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

JobProcess::JobProcess(Job job, RunWorld run) : job_(std::move(job)) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) throw Error(Errc::out_of_budget, "no pipe for a run's progress");
  std::cout.flush();
  const int parent = getpid();
  pid_ = fork();
  if (pid_ < 0) {
    close(ends[0]);
    close(ends[1]);
    throw Error(Errc::out_of_budget, "no process for a run");
  }
  if (pid_ == 0) {
    close(ends[0]);
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody would read the result
    if (getppid() != parent) _exit(1);
    run_in_child(job_, run, ends[1]);
  }
  close(ends[1]);
  descriptor_ = ends[0];
}

JobProcess::~JobProcess() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, &status_, 0);
  }
  if (descriptor_ >= 0) close(descriptor_);
}

bool JobProcess::take_progress() {
  for (;;) {
    ProgressMessage message;
    const auto got = read(descriptor_, &message, sizeof message);
    if (got == static_cast<ssize_t>(sizeof message)) {
      progress_ = {Duration(message.virtual_ns),
                   message.wall_s,
                   message.events_per_second,
                   message.migrated,
                   message.eta_s >= 0 ? std::optional(message.eta_s) : std::nullopt,
                   std::string(message.phase)};
      continue;
    }
    if (got < 0) return true;  // nothing more for now
    waitpid(pid_, &status_, 0);
    pid_ = -1;
    return false;
  }
}

reports::Result JobProcess::result() const {
  if (const auto text = read_file(job_.folder / "result.json")) {
    auto parsed = reports::parse_result(*text);
    if (parsed) return *parsed;
  }
  reports::Result result;
  describe_run(job_, result);
  result.verdict = reports::Verdict::failed;
  const auto said = read_file(job_.folder / "error.txt");
  std::string how = said.value_or("the run's process ended without a result");
  if (!said && WIFSIGNALED(status_))
    how = "the run's process was ended by signal " + std::to_string(WTERMSIG(status_)) + " (" +
          strsignal(WTERMSIG(status_)) + ")";
  result.reason = how;
  result.violations.push_back({"process", Duration::zero(), how});
  write_results(job_.folder, result);
  if (job_.report) write_run_report(job_.folder);
  return result;
}

}  // namespace dwcp::scenarios
