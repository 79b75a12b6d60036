#include "cli/agent/config.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "scenarios/format/reference.hpp"

namespace dwcp::cli {
namespace {

using scenarios::Document;
using scenarios::FieldShape;
using scenarios::Json;
using scenarios::Position;
using scenarios::Problem;
using scenarios::Shape;

constexpr std::string_view prefix = "DWCP_";

// The format's own errors speak of scenarios; here they are about a configuration.
Failure configuration_failure(const Failure& failure) {
  const bool is_format = failure.code == make_error_code(Errc::bad_scenario);
  return {is_format ? make_error_code(Errc::bad_configuration) : failure.code, failure.detail};
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// Sets one value as if the file said so; its place is the variable.
Result<void> set(Document& document, const std::vector<std::string>& path, const std::string& variable,
                 const std::string& yaml) {
  const Position where{variable + " (environment)", 0, 0};
  auto value = scenarios::parse_document("value: " + yaml, where.file);
  if (!value) return Failure(Errc::bad_configuration, where.file + ": '" + yaml + "' is not a YAML value");
  Json* target = &document.root;
  std::string pointer;
  for (const std::string& step : path) {
    if (!target->is_object()) *target = Json::object();
    pointer += "/" + scenarios::escape_step(step);
    target = &(*target)[step];
    document.keys[pointer] = document.values[pointer] = where;
  }
  *target = value->root["value"];
  return {};
}

constexpr std::string_view introduction = R"(# The agent's configuration file

Generated from `cli/agent/config_table.cpp` by `dwcp schema --agent --markdown`; do not edit. How to set two hosts up is in
[agent.md](../agent.md).

`dwcp agent --config FILE` reads a YAML file, which is checked whole before anything starts: unknown keys, values of a wrong
kind and bare numbers where a unit belongs are errors with file, line and column (exit status 2). `--check` does only that.

- Sizes are written with B, KiB, MiB, GiB, TiB, kB, MB, GB, TB; rates with bit/s, kbit/s, Mbit/s, Gbit/s, Tbit/s, B/s, MB/s,
  GB/s, MiB/s, GiB/s; durations with ns, us, ms, s, min, h.
- `include:` names a file, or a list of them, relative to this one, such as one with the `peers` of all hosts. Mappings merge
  key by key, what stands here wins, lists replace.
- An environment variable sets a value above the file: `DWCP_NODE` is `node`, `DWCP_SESSION_STREAMS` is `session.streams`.
  Values are YAML: `DWCP_LISTEN="[10.0.0.1:4700]"`.
- `dwcp schema --agent` prints the same as JSON Schema, for editors.

)";

}  // namespace

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

Result<void> apply_environment(Document& document, const Environment& environment) {
  std::map<std::string, std::vector<std::string>> variables;
  std::vector<std::string> sections;
  for (const FieldShape& field : agent_file_shape().fields) {
    const std::string name = std::string(prefix) + upper(field.key);
    if (field.shape->kind != Shape::Kind::object) {
      variables[name] = {field.key};
      continue;
    }
    sections.push_back(name + "_");
    for (const FieldShape& inner : field.shape->fields)
      variables[name + "_" + upper(inner.key)] = {field.key, inner.key};
  }
  for (const auto& [name, value] : environment) {
    if (const auto known = variables.find(name); known != variables.end()) {
      if (auto done = set(document, known->second, name, value); !done) return done.error();
      continue;
    }
    // Other programs may have variables of that prefix; one of a section of ours is a slip.
    if (std::ranges::none_of(sections, [&](const auto& section) { return name.starts_with(section); })) continue;
    std::vector<std::string> names;
    for (const auto& [variable, path] : variables) names.push_back(variable);
    const std::string guess = scenarios::nearest(name, names);
    return Failure(Errc::bad_configuration, "environment variable " + name + " sets no key" +
                                                (guess.empty() ? "" : "; did you mean " + guess + "?"));
  }
  return {};
}

Result<LoadedFile> load_agent_file(const std::filesystem::path& path, const Environment& environment) {
  auto document = scenarios::load_document(path);
  if (!document) return configuration_failure(document.error());
  if (auto applied = apply_environment(*document, environment); !applied) return applied.error();
  std::vector<Problem> problems = scenarios::problems_of(*document, agent_file_shape());
  if (!problems.empty()) return configuration_failure(scenarios::to_failure(std::move(problems)));
  LoadedFile loaded;
  loaded.file = read_agent_file(*document);
  loaded.document = std::move(*document);
  return loaded;
}

std::string agent_reference() {
  std::string text = std::string(introduction) + scenarios::reference_sections(agent_file_shape());
  text.pop_back();  // one line break too many at the end of the last table
  return text;
}

std::string agent_schema_text() { return scenarios::to_json_schema(agent_file_shape(), "dwcp agent").dump(2) + "\n"; }

}  // namespace dwcp::cli
