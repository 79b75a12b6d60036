// One run in a process of its own: the simulator has global state, and a crash of one run must not end the others.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reports/terminal.hpp"
#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

struct Job {
  Scenario scenario;
  std::uint64_t seed = 1;
  std::filesystem::path folder;  // exists; gets the run's files
  std::string reproduce;         // the command that runs this again
  bool network_namespaces = false;
  std::filesystem::path captures;  // folder for what the links carried; empty: none is kept
  bool timeline = false;           // writes timeline.json
  bool report = false;             // writes report.html
};

using OnProgress = std::function<void(const reports::RunProgress&)>;

// What runs in the job's process: runs the scenario in its world and returns the result, not yet judged.
using RunWorld = std::function<reports::Result(const Job&, const OnProgress&)>;

// A job's process, while it runs and after. The destructor ends it.
class JobProcess {
 public:
  // Forks. Precondition: this process has one thread.
  JobProcess(Job job, RunWorld run);
  ~JobProcess();
  JobProcess(const JobProcess&) = delete;
  JobProcess& operator=(const JobProcess&) = delete;

  // Readable when there is progress, or the end.
  int descriptor() const { return descriptor_; }
  // Takes what is there; false when the process has ended, and result() can be asked.
  bool take_progress();
  const reports::RunProgress& progress() const { return progress_; }
  const Job& job() const { return job_; }
  // The judged result. A process that ended without one yields a failed result that says how it ended.
  reports::Result result() const;

 private:
  Job job_;
  int descriptor_ = -1;
  int pid_ = -1;
  int status_ = 0;
  reports::RunProgress progress_;
};

// Completes `result` with what is known without running: scenario, machine, versions, commit.
void describe_run(const Job& job, reports::Result& result);
// Compares metrics with thresholds and decides the verdict.
void judge(const Scenario& scenario, reports::Result& result);

}  // namespace dwcp::scenarios
