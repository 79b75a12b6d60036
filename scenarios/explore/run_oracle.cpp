#include "scenarios/explore/run_oracle.hpp"

#include "scenarios/explore/concrete.hpp"
#include "scenarios/runner/interrupt.hpp"

namespace dwcp::scenarios {
namespace {

constexpr RunPool::WallTime oracle_poll_interval{100};

}  // namespace

RunOracle::RunOracle(RunPool& pool, const FailureMode& wanted, std::filesystem::path file, std::string name,
                     Clock::time_point deadline, reports::ProgressLine& line)
    : pool_(pool), wanted_(wanted), file_(std::move(file)), name_(std::move(name)), deadline_(deadline), line_(line) {}

bool RunOracle::stopped() const { return interrupted() || Clock::now() >= deadline_; }

void RunOracle::note(const std::string& step, const Json& best) {
  step_ = step;
  left_ = count_parts(best);
  show();
}

void RunOracle::start(std::size_t index, const Json& candidate) {
  auto scenario = scenario_of(candidate, file_);
  if (!scenario) throw Error(Errc::internal, "a document to be run is no scenario");
  const std::uint64_t seed = scenario->seed;
  pool_.start(index, std::move(*scenario), seed, "");
  ++runs_;
}

std::optional<std::size_t> RunOracle::first_failing(const std::vector<Json>& candidates) {
  std::size_t next = 0, limit = candidates.size();
  while (!stopped()) {
    while (next < limit && pool_.has_room()) {
      start(next, candidates[next]);
      ++next;
    }
    if (pool_.idle()) break;
    for (const EndedRun& run : pool_.wait(oracle_poll_interval)) {
      if (run.ticket < limit && fails_alike(wanted_, run.result)) limit = static_cast<std::size_t>(run.ticket);
      pool_.discard(run);
    }
    pool_.drop_after(limit);
    show();
  }
  pool_.drop_all();
  return limit < candidates.size() ? std::optional(limit) : std::nullopt;
}

void RunOracle::show() {
  line_.show([this](const reports::Style& style) {
    std::string left;
    for (const auto& [name, count] : left_)
      if (name == "faults" || name == "VMs") left += ", " + std::to_string(count) + " " + name;
    return reports::cut("  minimising " + name_ + ": " + std::to_string(runs_) + " runs" + left + ", now " + step_,
                        style.width);
  });
}

}  // namespace dwcp::scenarios
