#include "scenarios/explore/run_pool.hpp"

#include <poll.h>

#include <algorithm>

#include "scenarios/explore/failure.hpp"
#include "scenarios/runner/result_folder.hpp"

namespace dwcp::scenarios {

RunPool::RunPool(unsigned jobs, WallTime run_time_max, std::filesystem::path work, RunWorld world)
    : jobs_(jobs), run_time_max_(run_time_max), work_(std::move(work)), world_(std::move(world)) {
  std::error_code error;
  std::filesystem::remove_all(work_, error);  // of a process that had this id before and was killed
  if (!error) std::filesystem::create_directories(work_, error);
  if (error) throw Error(Errc::storage_failed, "no folder for runs at '" + work_.string() + "': " + error.message());
}

RunPool::~RunPool() {
  running_.clear();
  std::error_code ignored;
  std::filesystem::remove_all(work_, ignored);
}

void RunPool::start(std::uint64_t ticket, Scenario scenario, std::uint64_t seed, std::string reproduce) {
  const auto folder = work_ / std::to_string(folders_++);
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (error) throw Error(Errc::storage_failed, "no folder for a run at '" + folder.string() + "': " + error.message());
  Job job{std::move(scenario), seed, folder, std::move(reproduce), false, {}};
  running_.push_back({ticket, Clock::now(), std::make_unique<JobProcess>(std::move(job), world_)});
}

reports::Result RunPool::hung(const JobProcess& process) const {
  reports::Result result;
  describe_run(process.job(), result);
  result.verdict = reports::Verdict::failed;
  result.reason = "the run took longer than " + to_string(Duration(run_time_max_)) + " of wall time";
  const Duration reached = process.progress().virtual_time;
  result.virtual_time = reached;
  result.violations.push_back({kind_hang, reached, result.reason});
  return result;
}

std::vector<EndedRun> RunPool::wait(WallTime longest) {
  std::vector<pollfd> descriptors;
  for (const Running& run : running_) {
    descriptors.push_back({run.process->descriptor(), POLLIN, 0});
    const auto left = std::chrono::ceil<WallTime>(run.began + run_time_max_ - Clock::now());
    longest = std::clamp(left, WallTime(0), longest);
  }
  poll(descriptors.data(), descriptors.size(), static_cast<int>(longest.count()));
  std::vector<EndedRun> ended;
  for (auto it = running_.begin(); it != running_.end();) {
    const bool over = !it->process->take_progress();
    if (!over && !overdue(*it)) {
      ++it;
      continue;
    }
    ended.push_back({it->ticket, over ? it->process->result() : hung(*it->process), it->process->job().folder});
    it = running_.erase(it);
    if (!over) write_results(ended.back().folder, ended.back().result);  // the process is no more
  }
  return ended;
}

void RunPool::drop_all() {
  while (!running_.empty()) drop(running_.begin());
}

void RunPool::drop_after(std::uint64_t ticket) {
  for (auto it = running_.begin(); it != running_.end();) {
    if (it->ticket <= ticket) {
      ++it;
      continue;
    }
    it = drop(it);
  }
}

std::list<RunPool::Running>::iterator RunPool::drop(std::list<Running>::iterator run) {
  const auto folder = run->process->job().folder;
  const auto next = running_.erase(run);  // nobody writes there any more
  std::error_code ignored;                // goes with the work folder at the latest
  std::filesystem::remove_all(folder, ignored);
  return next;
}

void RunPool::discard(const EndedRun& run) {
  std::error_code ignored;  // goes with the work folder at the latest
  std::filesystem::remove_all(run.folder, ignored);
}

void RunPool::keep(const EndedRun& run, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::remove_all(to, error);
  if (!error) std::filesystem::create_directories(to.parent_path(), error);
  if (!error) std::filesystem::rename(run.folder, to, error);
  if (error) throw Error(Errc::storage_failed, "'" + to.string() + "' could not be written: " + error.message());
}

}  // namespace dwcp::scenarios
