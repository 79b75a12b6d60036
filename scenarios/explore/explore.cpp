#include "scenarios/explore/explore.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <limits>

#include "engine/base/build_info.hpp"
#include "scenarios/explore/quantities.hpp"
#include "scenarios/explore/subject.hpp"
#include "scenarios/runner/interrupt.hpp"
#include "scenarios/runner/runner.hpp"
#include "scenarios/runner/simulated.hpp"

namespace dwcp::scenarios {
namespace {

using Clock = std::chrono::steady_clock;

constexpr RunPool::WallTime poll_interval{100};

double seconds_since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

std::vector<Subject> subjects_for(const ExploreOptions& options) {
  if (options.suite.empty()) return subjects_of(options.file, options.overrides, false, options.out, options.jobs);
  std::vector<Subject> subjects;
  for (const auto& file : files_of_suite(options.library, options.suite))
    for (Subject& subject : subjects_of(file, options.overrides, true, options.out, options.jobs))
      subjects.push_back(std::move(subject));
  return subjects;
}

class Exploration {
 public:
  explicit Exploration(const ExploreOptions& options)
      : options_(options), subjects_(subjects_for(options)), line_(options.quiet || options.json) {
    if (!has_simulator())
      throw Error(Errc::bad_configuration, "this build has no simulator (ns-3 was not found), which explore needs");
    folder_ = of_suite() ? options.out / "explore" / options.suite : subjects_.front().folder();
    pool_.emplace(options.jobs, std::chrono::duration_cast<RunPool::WallTime>(options.run_time_max),
                  folder_ / (".runs-" + std::to_string(getpid())), run_simulated);
  }

  ExploreOutcome run() {
    try_seeds();
    for (Subject& subject : subjects_)
      if (!interrupted()) subject.minimise_kinds(*pool_, options_.time, line_);
    line_.clear();
    for (Subject& subject : subjects_) subject.finish(wall_s_, interrupted());
    report();
    if (interrupted()) return ExploreOutcome::interrupted;
    return failed() == 0 ? ExploreOutcome::none_failed : ExploreOutcome::some_failed;
  }

 private:
  bool of_suite() const { return !options_.suite.empty(); }

  // ---- runs: each seed of all subjects in turn, then the next seed
  struct Try {
    std::size_t subject;
    std::uint64_t seed;
  };
  std::uint64_t first_seed() const { return options_.seeds ? options_.seeds->first : 1; }
  std::uint64_t seed_count() const {
    if (options_.seeds) return options_.seeds->second - options_.seeds->first + 1;
    return std::numeric_limits<std::uint64_t>::max();
  }
  Try try_of(std::uint64_t ticket) const {
    return {static_cast<std::size_t>(ticket % subjects_.size()), first_seed() + ticket / subjects_.size()};
  }
  bool is_over(std::uint64_t ticket) const { return ticket / subjects_.size() >= seed_count(); }

  // Runs that have begun when time is over are waited for: a run that is longer than `time` is tried, too.
  void try_seeds() {
    const auto began = Clock::now();
    const auto deadline = began + options_.time;
    while (!interrupted()) {
      while (pool_->has_room() && !is_over(started_) && Clock::now() < deadline) {
        const Try next = try_of(started_);
        subjects_[next.subject].start(*pool_, started_++, next.seed);
      }
      if (pool_->idle()) break;
      for (const EndedRun& run : pool_->wait(poll_interval)) {
        const Try ended = try_of(run.ticket);
        subjects_[ended.subject].take(*pool_, run, ended.seed);
        ++tried_;
      }
      wall_s_ = seconds_since(began);
      line_.show([&](const reports::Style& style) { return progress(style); });
    }
    pool_->drop_all();
  }

  std::uint64_t failed() const {
    std::uint64_t all = 0;
    for (const Subject& subject : subjects_) all += subject.findings().failed();
    return all;
  }
  std::size_t kinds() const {
    std::size_t all = 0;
    for (const Subject& subject : subjects_) all += subject.findings().kinds.size();
    return all;
  }

  std::string progress(const reports::Style& style) const {
    const double time_s = to_seconds(options_.time), spent = std::min(wall_s_, time_s);
    double share = spent / time_s, left = time_s - spent;
    if (options_.seeds) {
      const double all = static_cast<double>(seed_count()) * static_cast<double>(subjects_.size());
      const double done = static_cast<double>(tried_) / all;
      if (done > share) left = wall_s_ / done * (1 - done);
      share = std::max(share, done);
    }
    std::string figures = " " + std::to_string(tried_) + (of_suite() ? " runs" : " seeds");
    if (const std::uint64_t bad = failed(); bad > 0)
      figures +=
          ", " + std::to_string(bad) + " failed in " + std::to_string(kinds()) + (kinds() == 1 ? " way" : " ways");
    char rate[32];
    std::snprintf(rate, sizeof rate, " · %.1f/s", wall_s_ > 0 ? static_cast<double>(tried_) / wall_s_ : 0.0);
    figures += rate + (" · " + reports::wall_text(left) + " left");
    // Of a suite, the scenario whose run began last.
    const Findings& now = subjects_[of_suite() && started_ > 0 ? try_of(started_ - 1).subject : 0].findings();
    return "  " + reports::paint(style, reports::Ink::bold, reports::cut(now.scenario, 28)) + "  " +
           reports::bar(style, share, 16) +
           reports::paint(style, failed() > 0 ? reports::Ink::bad : reports::Ink::dim, figures);
  }

  // ---- what was found
  void report() const {
    const reports::Style style = reports::style_of(STDOUT_FILENO);
    if (!of_suite()) {
      const Findings& findings = subjects_.front().findings();
      std::cout << (options_.json ? to_json(findings) : render_findings(findings, style)) << std::flush;
      return;
    }
    SuiteFindings suite{.suite = options_.suite,
                        .commit = std::string(build_commit()),
                        .wall_s = wall_s_,
                        .jobs = options_.jobs,
                        .interrupted = interrupted(),
                        .scenarios = {}};
    for (const Subject& subject : subjects_) suite.scenarios.push_back(subject.findings());
    const std::string json = to_json(suite);
    write_text(folder_ / "findings.json", json);
    std::cout << (options_.json ? json : render_findings(suite, style)) << std::flush;
  }

  const ExploreOptions& options_;
  std::vector<Subject> subjects_;  // at least one
  reports::ProgressLine line_;
  std::filesystem::path folder_;
  std::optional<RunPool> pool_;
  std::uint64_t started_ = 0, tried_ = 0;
  double wall_s_ = 0;
};

}  // namespace

ExploreOutcome explore(const ExploreOptions& options) {
  const InterruptGuard guard;
  Exploration exploration(options);
  return exploration.run();
}

Result<Duration> parse_wall_time(const std::string& option, const std::string& text) {
  const auto time = parse_duration(text);
  if (!time) return Failure(time.error().code, option + ": " + time.error().detail);
  if (*time <= Duration::zero() || *time > wall_time_max)
    return Failure(Errc::bad_value, option + ": '" + text + "' is not above 0 and at most " +
                                        exact_text(wall_time_max) + "; write a time such as 10min");
  return *time;
}

}  // namespace dwcp::scenarios
