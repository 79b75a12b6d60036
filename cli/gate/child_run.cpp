#include "cli/gate/child_run.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>

#include "cli/exit_codes.hpp"

namespace dwcp::cli {
namespace {

constexpr int folder_attempts_max = 1000;

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

// The exit status, or 128 and the signal, as a shell says it.
int wait_for(pid_t pid, rusage& usage) {
  int status = 0;
  while (wait4(pid, &status, 0, &usage) < 0)
    if (errno != EINTR)
      throw Error(Errc::internal, std::string("a run's process cannot be waited for: ") + std::strerror(errno));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ChildRun run_as_child(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                      const std::filesystem::path& folder) {
  std::vector<std::string> words{program.string(), "run"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  words.insert(words.end(), {"--out", folder.string()});
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw Error(Errc::not_found, "'" + program.string() + "' cannot be run: " + std::strerror(error));
  rusage usage{};
  const int status = wait_for(pid, usage);
  const auto is = [&](ExitCode code) { return status == static_cast<int>(code); };
  if (is(ExitCode::invalid_scenario)) throw Error(Errc::bad_scenario, "see above");
  if (is(ExitCode::usage)) throw Error(Errc::bad_value, "'" + program.string() + " run' refused what it was given");
  auto runs = reports::read_runs(folder);
  if (!runs)
    throw Error(is(ExitCode::aborted) ? Errc::cancelled : Errc::internal,
                "'" + program.string() + " run' ended with status " + std::to_string(status) + " and left no result");
  // A run that was interrupted has results of what came before only.
  if (is(ExitCode::aborted) && std::ranges::all_of(*runs, &reports::Run::passed))
    throw Error(Errc::cancelled, "the runs were interrupted");
  return {std::move(*runs), seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime)};
}

std::filesystem::path this_program() { return std::filesystem::read_symlink("/proc/self/exe"); }

std::filesystem::path make_folder_below(const std::filesystem::path& parent) {
  std::error_code error;
  std::filesystem::create_directories(parent, error);
  char time[32];
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::strftime(time, sizeof time, "%Y%m%d-%H%M%S", &parts);
  for (int attempt = 1; !error && attempt <= folder_attempts_max; ++attempt) {
    const auto folder = parent / (attempt == 1 ? std::string(time) : std::string(time) + "-" + std::to_string(attempt));
    if (std::filesystem::create_directory(folder, error)) return folder;
  }
  throw Error(Errc::storage_failed, "no folder for results in '" + parent.string() + "': " + error.message());
}

}  // namespace dwcp::cli
