// How documents change before they are validated: included files below them, overrides above them.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>

#include "engine/base/checksum.hpp"
#include "scenarios/format/document.hpp"

namespace dwcp::scenarios {
namespace {

// Copies the positions of `from` at and below `pointer`.
void take_positions(Document& to, const Document& from, const std::string& pointer) {
  const auto copy = [&](auto& target, const auto& source) {
    for (auto it = source.lower_bound(pointer); it != source.end() && it->first.starts_with(pointer); ++it)
      if (it->first.size() == pointer.size() || it->first[pointer.size()] == '/') target[it->first] = it->second;
  };
  copy(to.values, from.values);
  copy(to.keys, from.keys);
}

// Puts what `under` has and `over` has not into `over`.
void merge_under(Document& over, const Document& under, Json& target, const Json& source, const std::string& pointer) {
  for (const auto& [key, value] : source.items()) {
    const std::string child = pointer + "/" + escape_step(key);
    if (!target.contains(key)) {
      target[key] = value;
      take_positions(over, under, child);
    } else if (target[key].is_object() && value.is_object()) {
      merge_under(over, under, target[key], value, child);
    }
  }
}

Result<Document> load_with_includes(const std::filesystem::path& file, int depth) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Failure(Errc::not_found, "file '" + file.string() + "' cannot be opened");
  std::string text(document_bytes_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  auto document = parse_document(text, file.string());
  if (!document || !document->root.contains("include")) return document;

  const Json includes = document->root["include"];
  const std::string here = to_string(document->position("/include"));
  if (depth >= include_depth_max)
    return Failure(Errc::bad_scenario, here + ": includes nest deeper than " + std::to_string(include_depth_max));
  document->root.erase("include");
  for (const Json& name : includes.is_array() ? includes : Json::array({includes})) {
    if (!name.is_string())
      return Failure(Errc::bad_scenario, here + ": include: expected a file name or a list of them");
    const auto path = file.parent_path() / name.get<std::string>();
    auto included = load_with_includes(path, depth + 1);
    if (!included && included.error().code == make_error_code(Errc::not_found))
      return Failure(Errc::bad_scenario, here + ": include: there is no file '" + path.string() + "'");
    if (!included) return included;
    merge_under(*document, *included, document->root, included->root, "");
  }
  return document;
}

// The item of a list that `step` names: by index, or by the item's `name`.
std::optional<std::size_t> find_item(const Json& list, std::string_view step) {
  std::size_t index = 0;
  if (auto [rest, error] = std::from_chars(step.data(), step.data() + step.size(), index);
      error == std::errc() && rest == step.data() + step.size())
    return index < list.size() ? std::optional(index) : std::nullopt;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (list[i].is_object() && list[i].value("name", Json()) == Json(std::string(step))) return i;
  return std::nullopt;
}

}  // namespace

Result<Document> load_document(const std::filesystem::path& file) {
  auto document = load_with_includes(file, 0);
  if (document) document->hash = world_hash(document->root);
  return document;
}

std::string world_hash(const Json& root) {
  Json world = root;
  for (const char* key : {"name", "about", "seed", "repeat", "sweep", "include"}) world.erase(key);
  if (const auto expect = world.find("expect"); expect != world.end() && expect->is_array()) {
    Json aborting = Json::array();
    for (const Json& item : *expect)
      if (item.is_object() && item.value("abort", false)) aborting.push_back(item);
    *expect = std::move(aborting);
    if (expect->empty()) world.erase("expect");
  }
  const std::string text = world.dump();
  return joined_hash("", std::as_bytes(std::span(text.data(), text.size())));
}

std::string joined_hash(const std::string& hash, ByteSpan bytes) {
  const std::uint64_t before = hash64(std::as_bytes(std::span(hash.data(), hash.size())));
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(hash64(bytes, hash.empty() ? 0 : before)));
  return hex;
}

Result<void> apply_override(Document& document, std::string_view assignment, const Position* where) {
  const Position here = where ? *where : Position{"--set " + std::string(assignment), 0, 0};
  const auto bad = [&](const std::string& why) {
    return Failure(Errc::bad_scenario, to_string(here) + ": " + (where ? std::string(assignment) + ": " : "") + why);
  };
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0) return bad("write key=value, such as engine.streams=4");
  auto value = parse_document("value: " + std::string(assignment.substr(equals + 1)), "--set");
  if (!value) return bad("the value is not YAML");

  Json* target = &document.root;
  std::string pointer;
  std::string_view path = assignment.substr(0, equals);
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    const std::string step(path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    if (target->is_array()) {
      const auto index = find_item(*target, step);
      if (!index) return bad("the list at '" + pointer + "' has no item '" + step + "'");
      pointer += "/" + std::to_string(*index);
      target = &(*target)[*index];
    } else {
      if (!target->is_object() && !target->is_null()) *target = Json::object();  // a shorthand becomes its long form
      pointer += "/" + escape_step(step);
      document.keys[pointer] = here;
      target = &(*target)[step];
    }
  }
  *target = value->root["value"];
  document.values[pointer] = here;
  return {};
}

Result<Document> load_document(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  auto document = load_document(file);
  if (!document) return document;
  for (const std::string& assignment : overrides)
    if (auto applied = apply_override(*document, assignment); !applied) return applied.error();
  document->overrides = overrides;
  return document;
}

}  // namespace dwcp::scenarios
