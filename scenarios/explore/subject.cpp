#include "scenarios/explore/subject.hpp"

#include <algorithm>
#include <fstream>

#include "engine/base/build_info.hpp"
#include "scenarios/explore/concrete.hpp"
#include "scenarios/explore/explore.hpp"
#include "scenarios/explore/run_oracle.hpp"
#include "scenarios/format/yaml.hpp"
#include "scenarios/runner/interrupt.hpp"
#include "scenarios/runner/shell_words.hpp"

namespace dwcp::scenarios {
namespace {

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Error(Errc::storage_failed, "no folder '" + folder.string() + "': " + error.message());
}

// "3-faults.0.kill.at-200ms": the number tells those apart whose names are cut.
std::string folder_name(std::size_t number, const std::vector<std::string>& swept) {
  return std::to_string(number) + "-" + kind_in_file_name(joined(swept, ","));
}

}  // namespace

void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw Error(Errc::storage_failed, "'" + path.string() + "' could not be written");
}

Subject::Subject(Document document, std::filesystem::path file, std::vector<std::string> overrides,
                 std::vector<std::string> swept, std::filesystem::path folder, unsigned jobs)
    : document_(std::move(document)),
      scenario_(read_scenario(document_, file).value()),
      file_(std::move(file)),
      overrides_(std::move(overrides)),
      folder_(std::move(folder)) {
  if (scenario_.world != WorldKind::sim)
    throw Error(Errc::bad_scenario, to_string(document_.position("/world")) +
                                        ": explore runs in virtual time, where a seed decides everything: world must "
                                        "be 'sim', got 'live'");
  findings_.scenario = scenario_.name;
  findings_.swept = std::move(swept);
  findings_.about = scenario_.about;
  findings_.file = file_.string();
  findings_.commit = build_commit();
  findings_.jobs = jobs;
}

void Subject::start(RunPool& pool, std::uint64_t ticket, std::uint64_t seed) const {
  pool.start(ticket, scenario_, seed, reproduce_line(seed));
}

std::string Subject::reproduce_line(std::uint64_t seed) const {
  std::string line = "dwcp run " + shell_quoted(file_.string()) + " --seed " + std::to_string(seed);
  for (const std::string& assignment : overrides_) line += " --set " + shell_quoted(assignment);
  return line;
}

void Subject::take(RunPool& pool, const EndedRun& run, std::uint64_t seed) {
  findings_.first_seed = findings_.seeds_tried == 0 ? seed : std::min(findings_.first_seed, seed);
  findings_.last_seed = std::max(findings_.last_seed, seed);
  ++findings_.seeds_tried;
  auto mode = failure_of(scenario_, run.result);
  if (!mode) {
    ++findings_.passed;
    return pool.discard(run);
  }
  KindOfFailure& failure = findings_.kinds[mode->kind];
  if (!failure.add(seed)) return pool.discard(run);
  const auto before = failure.folder;
  failure.mode = std::move(*mode);
  failure.reproduce = run.result.reproduce;
  failure.folder = folder_ / base_name(failure.mode.kind, seed);
  make_folder(folder_);
  pool.keep(run, failure.folder);
  std::error_code ignored;  // what stays is only too much
  if (!before.empty()) std::filesystem::remove_all(before, ignored);
}

// The same for no two kinds.
std::string Subject::base_name(const std::string& kind, std::uint64_t seed) {
  const auto known = names_.find(kind);
  if (known != names_.end()) return known->second + "-seed-" + std::to_string(seed);
  const std::string wanted = kind_in_file_name(kind);
  std::string name = wanted;
  for (int number = 2; !taken_.insert(name).second; ++number) name = wanted + "-" + std::to_string(number);
  names_.emplace(kind, name);
  return name + "-seed-" + std::to_string(seed);
}

void Subject::minimise_kinds(RunPool& pool, Duration time_max, reports::ProgressLine& line) {
  std::vector<KindOfFailure*> kinds;
  for (auto& [kind, failure] : findings_.kinds) kinds.push_back(&failure);
  std::sort(kinds.begin(), kinds.end(), [](const auto* a, const auto* b) {
    return std::pair(a->seeds.front(), a->mode.kind) < std::pair(b->seeds.front(), b->mode.kind);
  });
  kinds.resize(std::min(kinds.size(), minimised_kinds_max));
  for (KindOfFailure* failure : kinds)
    if (!interrupted()) minimise_kind(*failure, pool, time_max, line);
}

void Subject::minimise_kind(KindOfFailure& failure, RunPool& pool, Duration time_max, reports::ProgressLine& line) {
  const std::uint64_t seed = failure.seeds.front();
  const std::string name = base_name(failure.mode.kind, seed);
  Json document = concrete_document(document_, scenario_, seed);
  document["name"] = scenario_.name + "/" + name;
  document["about"] = "What is left of " + scenario_.name + ", seed " + std::to_string(seed) + ", and still fails by " +
                      failure.mode.kind;
  RunOracle oracle(pool, failure.mode, file_, scenario_.name + " " + failure.mode.kind,
                   RunOracle::Clock::now() + std::min(time_max, minimise_time_max), line);
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

void Subject::write_scenario(const std::filesystem::path& file, const Json& document,
                             const KindOfFailure& failure) const {
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

void Subject::finish(double wall_s, bool interrupted) {
  findings_.wall_s = wall_s;
  findings_.interrupted = interrupted;
  make_folder(folder_);
  write_text(folder_ / "findings.json", to_json(findings_));
}

std::vector<Subject> subjects_of(const std::filesystem::path& file, const std::vector<std::string>& overrides,
                                 bool combinations, const std::filesystem::path& out, unsigned jobs) {
  const Document document = load_document(file, overrides).value();
  const auto points = load_sweep(file, overrides).value();
  if (points.size() > 1 && !combinations) {
    std::string choice;
    for (const std::string& assignment : points.front().swept) choice += " --set " + shell_quoted(assignment);
    throw Error(Errc::bad_scenario, to_string(document.position("/sweep")) +
                                        ": explore tries seeds of one scenario, and this sweep makes " +
                                        std::to_string(points.size()) + "; choose one, such as" + choice);
  }
  std::vector<Subject> subjects;
  for (const Scenario& point : points) {
    Document chosen = document;
    for (const std::string& assignment : point.swept) apply_override(chosen, assignment).value();
    chosen.root.erase("sweep");
    auto folder = out / "explore" / point.name;
    std::vector<std::string> set = overrides, swept;
    // Of a sweep with one combination, whoever runs the file gets that one.
    if (points.size() > 1) {
      swept = point.swept;
      set.insert(set.end(), swept.begin(), swept.end());
      folder /= folder_name(subjects.size() + 1, swept);
    }
    subjects.emplace_back(std::move(chosen), file, std::move(set), std::move(swept), std::move(folder), jobs);
  }
  return subjects;
}

}  // namespace dwcp::scenarios
