#include "scenarios/format/yaml.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

namespace dwcp::scenarios {
namespace {

// Keys that come first, in this order, as in the files that people write.
constexpr std::array<std::string_view, 17> first_keys{"name",   "about",  "seed",     "duration", "mode",   "world",
                                                      "repeat", "sweep",  "topology", "vms",      "engine", "events",
                                                      "faults", "expect", "at",       "sites",    "hosts"};

std::size_t rank_of(const std::string& key) {
  return static_cast<std::size_t>(std::ranges::find(first_keys, std::string_view(key)) - first_keys.begin());
}

void emit(YAML::Emitter& out, const Json& value) {
  if (value.is_object()) {
    std::vector<std::string> keys;
    for (const auto& [key, item] : value.items()) keys.push_back(key);
    std::ranges::stable_sort(keys, {}, rank_of);
    if (keys.empty()) out << YAML::Flow;
    out << YAML::BeginMap;
    for (const std::string& key : keys) {
      out << YAML::Key << key << YAML::Value;
      emit(out, value[key]);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    if (std::ranges::none_of(value, [](const Json& item) { return item.is_structured(); })) out << YAML::Flow;
    out << YAML::BeginSeq;
    for (const Json& item : value) emit(out, item);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    const auto text = value.get<std::string>();
    // Quoted where it would be read as something else.
    const auto plain = parse_document("value: " + text, "");
    if (!plain || !plain->root.contains("value") || plain->root["value"] != value ||
        text.find('#') != std::string::npos)
      out << YAML::DoubleQuoted;
    out << text;
  } else if (value.is_null()) {
    out << YAML::Null;
  } else {
    out << value.dump();
  }
}

}  // namespace

std::string to_yaml(const Json& value) {
  YAML::Emitter out;
  out.SetIndent(2);
  emit(out, value);
  return std::string(out.c_str()) + "\n";
}

}  // namespace dwcp::scenarios
