#include "reports/gate/baseline.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace dwcp::reports {

std::string name_of(const Subject& subject, std::uint64_t seed) {
  return to_string(subject) + ", seed " + std::to_string(seed);
}

std::string libraries_of(const Run& run) {
  std::string text;
  for (const auto& [name, version] : run.versions)
    if (name != "dwcp" && name != "build")
      text += (text.empty() ? "" : ", ") + (name == "compiler" ? version : name + " " + version);
  return text;
}

bool is_recorded(const std::string& metric, double value) {
  const MetricTraits traits = traits_of(metric);
  if (traits.clock == MetricClock::wall) return false;
  return traits.good != Good::none || value != 0;
}

namespace {

using BaselineJson = nlohmann::ordered_json;

std::string quoted(const std::string& text) {
  return BaselineJson(text).dump(-1, ' ', false, BaselineJson::error_handler_t::replace);
}

// Whole numbers without a fraction, others with as many digits as tell them from their neighbours.
std::string number_text(double value) {
  if (const auto whole = whole_number(value)) return std::to_string(*whole);
  return BaselineJson(value).dump();
}

std::string tolerances_text(const Tolerances& tolerances, const std::string& indent) {
  std::string text;
  for (const auto& [pattern, t] : tolerances)
    text += (text.empty() ? "" : ",") + std::string("\n") + indent + "  " + quoted(pattern) +
            ": {\"share\": " + number_text(t.share) + ", \"floor\": " + number_text(t.floor) + "}";
  return text.empty() ? "{}" : "{" + text + "\n" + indent + "}";
}

std::string recorded_text(const BaselineScenario& s) {
  const std::string indent = "      ";
  std::string text = "{\n" + indent + "\"scenario\": " + quoted(s.subject.name) + ",\n";
  if (!s.subject.swept.empty()) text += indent + "\"swept\": " + BaselineJson(s.subject.swept).dump() + ",\n";
  text += indent + "\"seed\": " + std::to_string(s.seed) + ",\n" + indent + "\"file\": " + quoted(s.file) + ",\n" +
          indent + "\"scenario_hash\": " + quoted(s.scenario_hash) + ",\n" + indent +
          "\"commit\": " + quoted(s.commit) + ",\n" + indent + "\"date\": " + quoted(s.date) + ",\n" + indent +
          "\"built_with\": " + quoted(s.built_with) + ",\n";
  if (!s.tolerances.empty()) text += indent + "\"tolerances\": " + tolerances_text(s.tolerances, indent) + ",\n";
  text += indent + "\"metrics\": {";
  bool first = true;
  for (const auto& [name, value] : s.metrics) {
    text += std::string(first ? "\n" : ",\n") + indent + "  " + quoted(name) + ": " + number_text(value);
    first = false;
  }
  return text + "\n" + indent + "}\n    }";
}

Tolerances tolerances_of(const BaselineJson& json) {
  Tolerances tolerances;
  for (const auto& [pattern, t] : json.items()) {
    const Tolerance tolerance{t.value("share", 0.0), t.value("floor", 0.0)};
    if (!(tolerance.share >= 0 && tolerance.floor >= 0))
      throw Error(Errc::bad_value, "the tolerance of '" + pattern + "' is negative");
    for (const auto& [key, value] : t.items())
      if (key != "share" && key != "floor")
        throw Error(Errc::bad_value,
                    "the tolerance of '" + pattern + "' has a key '" + key + "'; it has share and floor");
    tolerances[pattern] = tolerance;
  }
  return tolerances;
}

BaselineScenario scenario_of(const BaselineJson& json) {
  BaselineScenario s;
  s.subject.name = json.at("scenario");
  if (json.contains("swept")) s.subject.swept = json.at("swept").get<std::map<std::string, std::string>>();
  s.seed = json.at("seed");
  s.file = json.at("file");
  s.scenario_hash = json.at("scenario_hash");
  s.commit = json.at("commit");
  s.date = json.at("date");
  s.built_with = json.at("built_with");
  if (json.contains("tolerances")) s.tolerances = tolerances_of(json.at("tolerances"));
  s.metrics = json.at("metrics").get<std::map<std::string, double>>();
  return s;
}

Baseline baseline_of(const BaselineJson& json) {
  Baseline baseline;
  for (const BaselineJson& r : json.at("history"))
    baseline.history.push_back({r.at("date"), r.at("commit"), r.at("why"), r.at("scenarios")});
  if (json.contains("tolerances")) baseline.tolerances = tolerances_of(json.at("tolerances"));
  for (const auto& [name, value] : json.at("scenarios").items()) {
    BaselineScenario scenario = scenario_of(value);
    const std::string right = name_of(scenario.subject, scenario.seed);
    if (name != right) throw Error(Errc::bad_value, "'" + name + "' describes '" + right + "'; its key must be that");
    baseline.scenarios.emplace(name, std::move(scenario));
  }
  return baseline;
}

}  // namespace

std::string to_json(const Baseline& baseline) {
  std::string history, scenarios;
  for (const Reason& r : baseline.history)
    history += std::string(history.empty() ? "" : ",") + "\n    {\"date\": " + quoted(r.date) +
               ", \"commit\": " + quoted(r.commit) + ", \"scenarios\": " + std::to_string(r.scenarios) +
               ", \"why\": " + quoted(r.why) + "}";
  for (const auto& [name, scenario] : baseline.scenarios)
    scenarios += std::string(scenarios.empty() ? "" : ",") + "\n    " + quoted(name) + ": " + recorded_text(scenario);
  return "{\n  \"schema\": " + std::to_string(baseline_schema_version) + ",\n  \"history\": [" + history +
         "\n  ],\n  \"tolerances\": " + tolerances_text(baseline.tolerances, "  ") + ",\n  \"scenarios\": {" +
         scenarios + "\n  }\n}\n";
}

dwcp::Result<Baseline> parse_baseline(std::string_view text, const std::filesystem::path& file) {
  const auto bad = [&](const std::string& why) { return Failure(Errc::bad_value, "'" + file.string() + "': " + why); };
  try {
    const BaselineJson json = BaselineJson::parse(text);
    if (!json.is_object() || !json.contains("schema") || !json.contains("scenarios"))
      return bad("is no baseline; dwcp gate --update makes one");
    if (json.at("schema") != baseline_schema_version)
      return bad("has schema " + json.at("schema").dump() + ", this reads " + std::to_string(baseline_schema_version));
    Baseline baseline = baseline_of(json);
    baseline.file = file;
    return baseline;
  } catch (const Error& error) {
    return bad(error.detail());
  } catch (const BaselineJson::exception& error) {
    return bad(error.what());
  }
}

dwcp::Result<std::vector<Baseline>> read_baselines(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<fs::path> files;
  if (fs::is_directory(path, error)) {
    for (const auto& entry : fs::directory_iterator(path, error))
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    std::ranges::sort(files);
  } else if (fs::exists(path, error)) {
    files.push_back(path);
  }
  if (files.empty())
    return Failure(Errc::not_found, "no baseline at '" + path.string() + "'; record one: dwcp gate --baseline " +
                                        path.string() + " RESULTS --update --why ...");
  std::vector<Baseline> baselines;
  for (const fs::path& file : files) {
    const auto size = fs::file_size(file, error);
    if (error || size > baseline_bytes_max)
      return Failure(Errc::bad_value, "'" + file.string() + "' cannot be read, or is larger than a baseline (" +
                                          std::to_string(baseline_bytes_max) + " bytes)");
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in) return Failure(Errc::storage_failed, "'" + file.string() + "' cannot be read");
    auto baseline = parse_baseline(text.str(), file);
    if (!baseline) return baseline.error();
    baselines.push_back(std::move(*baseline));
  }
  return baselines;
}

}  // namespace dwcp::reports
