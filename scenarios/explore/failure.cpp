#include "scenarios/explore/failure.hpp"

#include <algorithm>
#include <array>

namespace dwcp::scenarios {
namespace {

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

std::set<std::string> names_in(const Scenario& scenario) {
  std::set<std::string> names;
  for (const auto& [name, host] : scenario.topology.hosts) names.insert(name);
  for (const auto& [name, vm] : scenario.vms) names.insert(name);
  for (const Link& link : scenario.topology.links) names.insert(link.name);
  names.insert(scenario.topology.switches.begin(), scenario.topology.switches.end());
  return names;
}

bool is_unit(const std::string& word) {
  static const std::set<std::string> units{"ns", "us", "ms", "s", "min", "h", "B", "KiB", "MiB", "GiB", "TiB"};
  return units.contains(word);
}

// Every name and every figure, with its unit, as '*', and enumerations of them as one.
std::string pattern_of(const std::string& text, const std::set<std::string>& names) {
  std::string pattern;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_name_character(text[end])) ++end;
    if (end == at) {
      pattern += text[at++];
      continue;
    }
    const std::string word = text.substr(at, end - at);
    at = end;
    if (is_unit(word) && pattern.ends_with("* ")) {
      pattern.pop_back();
      continue;
    }
    const bool figure = std::isdigit(static_cast<unsigned char>(word.front())) != 0;
    pattern += figure || names.contains(word) ? "*" : word;
  }
  for (const std::string_view repeated : {"*, *", "*.*", "*..."})
    for (std::size_t at; (at = pattern.find(repeated)) != std::string::npos;) pattern.replace(at, repeated.size(), "*");
  return pattern;
}

void note_migrations(const reports::Result& result, FailureMode& mode) {
  mode.migrated = !result.migrations.empty();
  for (const reports::MigrationResult& migration : result.migrations)
    if (migration.outcome != "completed") mode.outcomes.insert(migration.outcome);
}

std::string threshold_detail(const reports::ThresholdResult& threshold) {
  if (!threshold.value) return "the run yielded no such figure";
  char value[32];
  std::snprintf(value, sizeof value, "got %.6g", *threshold.value);
  return value;
}

std::optional<FailureMode> mode_of(std::set<std::string> names, const reports::Result& result) {
  if (result.verdict == reports::Verdict::passed) return std::nullopt;
  FailureMode mode;
  mode.names = std::move(names);
  mode.aborted = !result.reason.empty();
  note_migrations(result, mode);
  if (!result.violations.empty()) {
    mode.kind = result.violations.front().checker;
    mode.detail = result.violations.front().detail;
    mode.pattern = pattern_of(mode.detail, mode.names);
    return mode;
  }
  if (result.verdict == reports::Verdict::aborted) {
    mode.sort = FailureMode::Sort::abort;
    mode.kind = kind_aborted;
    mode.detail = result.reason;
    mode.pattern = pattern_of(mode.detail, mode.names);
    return mode;
  }
  mode.sort = FailureMode::Sort::threshold;
  for (const reports::ThresholdResult& threshold : result.thresholds) {
    if (threshold.ok) continue;
    mode.kind = threshold.expr;
    mode.detail = threshold_detail(threshold);
    return mode;
  }
  throw Error(Errc::internal, "a run of '" + result.scenario + "' failed for no reason");
}

}  // namespace

std::optional<FailureMode> failure_of(const Scenario& scenario, const reports::Result& result) {
  return mode_of(names_in(scenario), result);
}

bool fails_alike(const FailureMode& wanted, const reports::Result& result) {
  const auto mode = mode_of(wanted.names, result);
  if (!mode || mode->sort != wanted.sort || mode->aborted != wanted.aborted) return false;
  if (wanted.sort == FailureMode::Sort::violation) return mode->kind == wanted.kind && mode->pattern == wanted.pattern;
  if (wanted.sort == FailureMode::Sort::abort && mode->pattern != wanted.pattern) return false;
  if (wanted.sort == FailureMode::Sort::threshold &&
      std::none_of(result.thresholds.begin(), result.thresholds.end(),
                   [&](const auto& threshold) { return threshold.expr == wanted.kind && !threshold.ok; }))
    return false;
  return mode->migrated == wanted.migrated && mode->outcomes.empty() == wanted.outcomes.empty() &&
         std::includes(wanted.outcomes.begin(), wanted.outcomes.end(), mode->outcomes.begin(), mode->outcomes.end());
}

std::string kind_in_file_name(const std::string& kind) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> operators{
      {{"<=", "-le-"}, {">=", "-ge-"}, {"==", "-eq-"}, {"!=", "-ne-"}, {"<", "-lt-"}, {">", "-gt-"}}};
  std::string name;
  for (std::size_t at = 0; at < kind.size() && name.size() < kind_name_max;) {
    const std::string_view rest = std::string_view(kind).substr(at);
    const auto found =
        std::find_if(operators.begin(), operators.end(), [&](const auto& op) { return rest.starts_with(op.first); });
    if (found != operators.end()) {
      name += found->second;
      at += found->first.size();
      continue;
    }
    name += is_name_character(kind[at]) || kind[at] == '.' ? kind[at] : '-';
    ++at;
  }
  std::string single;  // one dash where spaces around operators made several
  for (const char c : name)
    if (c != '-' || (!single.empty() && single.back() != '-')) single += c;
  single.resize(std::min(single.size(), kind_name_max));
  return single.empty() ? "failure" : single;
}

}  // namespace dwcp::scenarios
