// A child process whose output is read while it runs, and which is killed by its own number.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace dwcp::cli {

class Process {
 public:
  // Output and diagnostics go to files in `folder` named after `name`.
  Process(const std::filesystem::path& folder, const std::string& name, const std::vector<std::string>& arguments)
      : out_(folder / (name + ".out")), err_(folder / (name + ".err")) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      redirect(out_, STDOUT_FILENO);
      redirect(err_, STDERR_FILENO);
      execvp(argv[0], argv.data());
      _exit(127);
    }
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() { kill_now(); }

  void kill_now() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  void signal(int number) const { ::kill(pid_, number); }
  // The exit status; 128 + signal when it was killed.
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  bool ended() const { return ::kill(pid_, 0) != 0 || zombie(); }
  std::string output() const { return read(out_); }
  std::string diagnostics() const { return read(err_); }

  // Polls until `text` is in the diagnostics; false when the process ended before.
  bool says(const std::string& text) const {
    while (diagnostics().find(text) == std::string::npos) {
      if (ended()) return diagnostics().find(text) != std::string::npos;
      ::usleep(2000);
    }
    return true;
  }

 private:
  static void redirect(const std::filesystem::path& file, int descriptor) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ::dup2(fd, descriptor);
    ::close(fd);
  }
  static std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  bool zombie() const {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid_;
  }

  std::filesystem::path out_, err_;
  pid_t pid_ = -1;
};

}  // namespace dwcp::cli
