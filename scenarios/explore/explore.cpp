#include "scenarios/explore/explore.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <limits>
#include <set>

#include "engine/base/build_info.hpp"
#include "scenarios/explore/concrete.hpp"
#include "scenarios/explore/quantities.hpp"
#include "scenarios/explore/run_oracle.hpp"
#include "scenarios/format/yaml.hpp"
#include "scenarios/runner/interrupt.hpp"
#include "scenarios/runner/shell_words.hpp"
#include "scenarios/runner/simulated.hpp"

namespace dwcp::scenarios {
namespace {

using Clock = std::chrono::steady_clock;

constexpr RunPool::WallTime poll_interval{100};

double seconds_since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw Error(Errc::storage_failed, "'" + path.string() + "' could not be written");
}

// The file with its includes and overrides, and with the one combination of its sweep.
Document read_document(const ExploreOptions& options) {
  Document document = load_document(options.file, options.overrides).value();
  const auto combinations = load_sweep(options.file, options.overrides).value();
  if (combinations.size() > 1) {
    std::string choice;
    for (const std::string& assignment : combinations.front().swept) choice += " --set " + shell_quoted(assignment);
    throw Error(Errc::bad_scenario, to_string(document.position("/sweep")) +
                                        ": explore tries seeds of one scenario, and this sweep makes " +
                                        std::to_string(combinations.size()) + "; choose one, such as" + choice);
  }
  for (const std::string& assignment : combinations.front().swept) apply_override(document, assignment).value();
  document.root.erase("sweep");
  return document;
}

class Exploration {
 public:
  explicit Exploration(const ExploreOptions& options)
      : options_(options),
        document_(read_document(options)),
        scenario_(read_scenario(document_, options.file).value()),
        line_(options.quiet || options.json) {
    if (scenario_.world != WorldKind::sim)
      throw Error(Errc::bad_scenario, to_string(document_.position("/world")) +
                                          ": explore runs in virtual time, where a seed decides everything: world must "
                                          "be 'sim', got 'live'");
    if (!has_simulator())
      throw Error(Errc::bad_configuration, "this build has no simulator (ns-3 was not found), which explore needs");
    folder_ = options.out / "explore" / scenario_.name;
    findings_.scenario = scenario_.name;
    findings_.about = scenario_.about;
    findings_.file = options.file.string();
    findings_.commit = build_commit();
    findings_.jobs = options.jobs;
    pool_.emplace(options.jobs, std::chrono::duration_cast<RunPool::WallTime>(options.run_time_max),
                  folder_ / (".runs-" + std::to_string(getpid())), run_simulated);
  }

  ExploreOutcome run() {
    try_seeds();
    if (!interrupted()) minimise_kinds();
    line_.clear();
    findings_.interrupted = interrupted();
    const std::string json = to_json(findings_);
    write_text(folder_ / "findings.json", json);
    std::cout << (options_.json ? json : render_findings(findings_, reports::style_of(STDOUT_FILENO))) << std::flush;
    if (findings_.interrupted) return ExploreOutcome::interrupted;
    return findings_.failed() == 0 ? ExploreOutcome::none_failed : ExploreOutcome::some_failed;
  }

 private:
  // ---- seeds
  std::uint64_t first_seed() const { return options_.seeds ? options_.seeds->first : 1; }
  std::uint64_t seed_count() const {
    if (options_.seeds) return options_.seeds->second - options_.seeds->first + 1;
    return std::numeric_limits<std::uint64_t>::max();
  }

  // Runs that have begun when time is over are waited for: a run that is longer than `time` is tried, too.
  void try_seeds() {
    const auto began = Clock::now();
    const auto deadline = began + options_.time;
    std::uint64_t started = 0;
    findings_.first_seed = first_seed();
    while (!interrupted()) {
      while (pool_->has_room() && started < seed_count() && Clock::now() < deadline) {
        const std::uint64_t seed = first_seed() + started++;
        pool_->start(seed, scenario_, seed, reproduce_line(seed));
      }
      if (pool_->idle()) break;
      for (const EndedRun& run : pool_->wait(poll_interval)) take(run);
      findings_.wall_s = seconds_since(began);
      line_.show([&](const reports::Style& style) { return seeds_progress(style); });
    }
    pool_->drop_all();
  }

  std::string reproduce_line(std::uint64_t seed) const {
    std::string line = "dwcp run " + shell_quoted(options_.file.string()) + " --seed " + std::to_string(seed);
    for (const std::string& assignment : options_.overrides) line += " --set " + shell_quoted(assignment);
    return line;
  }

  void take(const EndedRun& run) {
    ++findings_.seeds_tried;
    findings_.last_seed = std::max(findings_.last_seed, run.ticket);
    auto mode = failure_of(scenario_, run.result);
    if (!mode) {
      ++findings_.passed;
      return pool_->discard(run);
    }
    KindOfFailure& failure = findings_.kinds[mode->kind];
    if (!failure.add(run.ticket)) return pool_->discard(run);
    const auto before = failure.folder;
    failure.mode = std::move(*mode);
    failure.reproduce = run.result.reproduce;
    failure.folder = folder_ / base_name(failure.mode.kind, run.ticket);
    pool_->keep(run, failure.folder);
    std::error_code ignored;  // what stays is only too much
    if (!before.empty()) std::filesystem::remove_all(before, ignored);
  }

  // The same for no two kinds.
  std::string base_name(const std::string& kind, std::uint64_t seed) {
    const auto known = names_.find(kind);
    if (known != names_.end()) return known->second + "-seed-" + std::to_string(seed);
    const std::string wanted = kind_in_file_name(kind);
    std::string name = wanted;
    for (int number = 2; !taken_.insert(name).second; ++number) name = wanted + "-" + std::to_string(number);
    names_.emplace(kind, name);
    return name + "-seed-" + std::to_string(seed);
  }

  std::string seeds_progress(const reports::Style& style) const {
    const double time_s = to_seconds(options_.time), spent = std::min(findings_.wall_s, time_s);
    double share = spent / time_s, left = time_s - spent;
    if (options_.seeds) {
      const double done = static_cast<double>(findings_.seeds_tried) / static_cast<double>(seed_count());
      if (done > share) left = findings_.wall_s / done * (1 - done);
      share = std::max(share, done);
    }
    std::string figures = " " + std::to_string(findings_.seeds_tried) + " seeds";
    if (findings_.failed() > 0)
      figures += ", " + std::to_string(findings_.failed()) + " failed in " + std::to_string(findings_.kinds.size()) +
                 (findings_.kinds.size() == 1 ? " way" : " ways");
    char rate[32];
    std::snprintf(rate, sizeof rate, " · %.1f/s", findings_.seeds_per_second());
    figures += rate + (" · " + reports::wall_text(left) + " left");
    return "  " + reports::paint(style, reports::Ink::bold, reports::cut(findings_.scenario, 28)) + "  " +
           reports::bar(style, share, 16) +
           reports::paint(style, findings_.failed() > 0 ? reports::Ink::bad : reports::Ink::dim, figures);
  }

  // ---- minimising
  void minimise_kinds() {
    std::vector<KindOfFailure*> kinds;
    for (auto& [kind, failure] : findings_.kinds) kinds.push_back(&failure);
    std::sort(kinds.begin(), kinds.end(), [](const auto* a, const auto* b) {
      return std::pair(a->seeds.front(), a->mode.kind) < std::pair(b->seeds.front(), b->mode.kind);
    });
    kinds.resize(std::min(kinds.size(), minimised_kinds_max));
    for (KindOfFailure* failure : kinds)
      if (!interrupted()) minimise_kind(*failure);
  }

  void minimise_kind(KindOfFailure& failure) {
    const std::uint64_t seed = failure.seeds.front();
    const std::string name = base_name(failure.mode.kind, seed);
    Json document = concrete_document(document_, scenario_, seed);
    document["name"] = scenario_.name + "/" + name;
    document["about"] = "What is left of " + scenario_.name + ", seed " + std::to_string(seed) +
                        ", and still fails by " + failure.mode.kind;
    RunOracle oracle(*pool_, failure.mode, options_.file, failure.mode.kind,
                     Clock::now() + std::min(options_.time, minimise_time_max), line_);
    // What aborts a run may be its duration: with less of it anything would.
    const bool shorten = failure.mode.sort != FailureMode::Sort::abort;
    const Minimised least = minimise(document, shorten, oracle);
    MinimisedFile& written = failure.minimised.emplace();
    written.runs = least.runs;
    written.complete = least.complete;
    written.before = count_parts(document);
    written.after = count_parts(least.document);
    if (!least.reproduced) return;
    written.file = folder_ / (name + ".yaml");
    written.replay = "dwcp run " + shell_quoted(written.file.string());
    write_scenario(written.file, least.document, failure);
  }

  void write_scenario(const std::filesystem::path& file, const Json& document, const KindOfFailure& failure) const {
    const auto comment = [](std::string text) {
      std::replace_if(
          text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
      return "# " + text + "\n";
    };
    write_text(file, comment("Found by dwcp explore (commit " + findings_.commit + "), made smaller from:") +
                         comment("  " + failure.reproduce) +
                         comment("That run failed by " + failure.mode.kind + ": " + failure.mode.detail) +
                         to_yaml(document));
    // What is written is what ran.
    if (load_document(file).value().root != document)
      throw Error(Errc::internal, "'" + file.string() + "' does not read back as what was run");
    load_scenario(file).value();
  }

  const ExploreOptions& options_;
  Document document_;
  Scenario scenario_;
  reports::ProgressLine line_;
  std::filesystem::path folder_;
  Findings findings_;
  std::map<std::string, std::string> names_;  // of kinds, in file names
  std::set<std::string> taken_;
  std::optional<RunPool> pool_;
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
