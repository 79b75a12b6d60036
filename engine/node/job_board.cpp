#include "engine/node/job_board.hpp"

#include <algorithm>

namespace dwcp::node {
namespace {

bool is_under_way(const Job& job) { return job.state != JobState::ended; }

std::string describe(const Job& job) {
  const std::string stands = job.state == JobState::waiting ? "waits its turn" : "is being migrated";
  return "VM '" + job.order.vm.text + "' " + stands + " to '" + job.order.to + "' already (job " +
         std::to_string(job.id.value) + ")";
}

}  // namespace

Failure JobBoard::objection(const VmId& vm) const {
  if (const JobPtr other = under_way(vm)) return {Errc::ownership_conflict, describe(*other)};
  const auto count = std::ranges::count_if(jobs_, [](const auto& entry) { return is_under_way(*entry.second); });
  if (static_cast<std::size_t>(count) < under_way_max) return {};
  return {Errc::out_of_budget, "this node has " + std::to_string(count) + " migrations under way, and takes " +
                                   std::to_string(under_way_max)};
}

Result<JobPtr> JobBoard::add(Order order, migration::Policy policy, TimePoint now) {
  if (Failure failure = objection(order.vm); failure.code) return failure;
  const auto added = std::make_shared<Job>();
  added->id = ++last_id_;
  added->progress.vm = order.vm;
  added->order = std::move(order);
  added->policy = policy;
  added->asked = now;
  jobs_.emplace(added->id, added);
  tell(*added);
  return JobPtr(added);
}

Job& JobBoard::job(JobId id) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || !is_under_way(*found->second))
    throw Error(Errc::internal, "job " + std::to_string(id.value) + " is not under way");
  return *found->second;
}

void JobBoard::begin(JobId id, TimePoint now) {
  Job& begun = job(id);
  begun.state = JobState::running;
  begun.began = now;
  tell(begun);
}

void JobBoard::progress(JobId id, const migration::Progress& progress) {
  Job& moving = job(id);
  moving.progress = progress;
  tell(moving);
}

void JobBoard::ask_cancel(JobId id) {
  Job& unwanted = job(id);
  unwanted.cancel_asked = true;
  tell(unwanted);
}

void JobBoard::end(JobId id, migration::Report report, TimePoint now) {
  Job& done = job(id);
  done.report = std::move(report);
  close(done, now);
}

void JobBoard::fail(JobId id, Failure why, TimePoint now) {
  Job& failed = job(id);
  failed.failure = std::move(why);
  close(failed, now);
}

// Forgets the one that ended first when there is one too many; never this one, however low its number: whoever ran it
// still asks for it.
void JobBoard::close(Job& job, TimePoint now) {
  job.state = JobState::ended;
  job.ended = now;
  std::size_t ended = 0;
  auto first = jobs_.end();
  for (auto it = jobs_.begin(); it != jobs_.end(); ++it) {
    if (is_under_way(*it->second)) continue;
    ++ended;
    if (it->second.get() == &job) continue;
    if (first == jobs_.end() || it->second->ended < first->second->ended) first = it;
  }
  if (ended > ended_max) jobs_.erase(first);
  tell(job);
}

JobPtr JobBoard::under_way(const VmId& vm) const {
  const JobPtr newest = latest(vm);
  return newest && is_under_way(*newest) ? newest : nullptr;
}

// A VM has one job under way at most, and that is its newest: what ended was added before it.
JobPtr JobBoard::latest(const VmId& vm) const {
  for (auto it = jobs_.rbegin(); it != jobs_.rend(); ++it)
    if (it->second->order.vm == vm) return it->second;
  return nullptr;
}

JobPtr JobBoard::find(JobId id) const {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : JobPtr(found->second);
}

std::vector<JobPtr> JobBoard::all() const {
  std::vector<JobPtr> list;
  for (const auto& [id, job] : jobs_) list.push_back(job);
  return list;
}

std::size_t JobBoard::running() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(jobs_, [](const auto& entry) { return entry.second->state == JobState::running; }));
}

JobBoard::Watch JobBoard::watch(std::function<void(const Job&)> observer) {
  observers_.emplace(++last_watch_, std::move(observer));
  return last_watch_;
}

void JobBoard::stop_watching(Watch watch) { observers_.erase(watch); }

// An observer only takes note: it starts and stops no watch.
void JobBoard::tell(const Job& job) {
  for (const auto& [watch, observer] : observers_) observer(job);
}

}  // namespace dwcp::node
