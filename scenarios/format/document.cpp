#include "scenarios/format/document.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace dwcp::scenarios {
namespace {

Json scalar_of(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true") return true;
  if (text == "false") return false;
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  std::int64_t integer = 0;
  const char* const end = text.data() + text.size();
  if (auto [rest, error] = std::from_chars(text.data(), end, integer); error == std::errc() && rest == end)
    return integer;
  double number = 0;
  if (auto [rest, error] = std::from_chars(text.data(), end, number);
      error == std::errc() && rest == end && std::isfinite(number))
    return number;
  return text;
}

// Where the first byte stands that is no UTF-8 (RFC 3629, section 4): overlong forms, surrogates and what is beyond
// U+10FFFF are none. The size of the text when all of it is.
std::size_t first_not_utf8(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0u; };
  const auto follows = [&](std::size_t at, unsigned from, unsigned to) { return byte(at) >= from && byte(at) <= to; };
  std::size_t at = 0;
  while (at < text.size()) {
    const unsigned lead = byte(at);
    std::size_t length = 0;
    if (lead < 0x80) length = 1;
    if (lead >= 0xc2 && lead <= 0xdf) length = 2;
    if (lead >= 0xe0 && lead <= 0xef) length = 3;
    if (lead >= 0xf0 && lead <= 0xf4) length = 4;
    if (length == 0) return at;
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    for (std::size_t i = 1; i < length; ++i)
      if (!follows(at + i, i == 1 ? low : 0x80, i == 1 ? high : 0xbf)) return at;
    at += length;
  }
  return at;
}

// Turns nodes into JSON, with a bound on their number: aliases of aliases could otherwise grow without end.
class Converter {
 public:
  Converter(Document& document, const std::string& file) : document_(document), file_(file) {}

  Json convert(const YAML::Node& node, const std::string& pointer) {
    if (++nodes_ > document_nodes_max)
      throw Error(Errc::bad_scenario, to_string(at(node)) + ": more than " + std::to_string(document_nodes_max) +
                                          " values (aliases count each time)");
    document_.values[pointer] = at(node);
    if (node.IsMap()) return convert_mapping(node, pointer);
    if (node.IsSequence()) {
      Json list = Json::array();
      for (const auto& item : node) list.push_back(convert(item, pointer + "/" + std::to_string(list.size())));
      return list;
    }
    return node.IsScalar() ? scalar_of(node) : Json(nullptr);
  }

 private:
  Json convert_mapping(const YAML::Node& node, const std::string& pointer) {
    Json mapping = Json::object();
    for (const auto& pair : node) {
      if (!pair.first.IsScalar())
        throw Error(Errc::bad_scenario, to_string(at(pair.first)) + ": a key must be a plain word");
      const std::string& key = pair.first.Scalar();
      const std::string child = pointer + "/" + escape_step(key);
      if (mapping.contains(key))
        throw Error(Errc::bad_scenario, to_string(at(pair.first)) + ": '" + key + "' is there twice; first at line " +
                                            std::to_string(document_.keys[child].line));
      document_.keys[child] = at(pair.first);
      mapping[key] = convert(pair.second, child);
    }
    return mapping;
  }

  Position at(const YAML::Node& node) const { return {file_, node.Mark().line + 1, node.Mark().column + 1}; }

  Document& document_;
  const std::string& file_;
  std::size_t nodes_ = 0;
};

}  // namespace

std::string to_string(const Position& p) {
  if (p.line == 0) return p.file;
  return p.file + ":" + std::to_string(p.line) + ":" + std::to_string(p.column);
}

std::string escape_step(std::string_view key) {
  std::string escaped;
  for (const char c : key) {
    if (c == '~')
      escaped += "~0";
    else if (c == '/')
      escaped += "~1";
    else
      escaped += c;
  }
  return escaped;
}

Position Document::position(std::string pointer) const {
  for (;;) {
    if (const auto key = keys.find(pointer); key != keys.end()) return key->second;
    if (const auto value = values.find(pointer); value != values.end()) return value->second;
    if (pointer.empty()) return {};
    pointer.resize(pointer.rfind('/'));
  }
}

Failure to_failure(std::vector<Problem> problems) {
  std::sort(problems.begin(), problems.end());
  problems.erase(std::unique(problems.begin(), problems.end()), problems.end());
  std::string text;
  for (std::size_t i = 0; i < std::min(problems.size(), problems_shown_max); ++i)
    text += (problems.size() > 1 ? "\n  " : "") + to_string(problems[i].where) + ": " + problems[i].text;
  if (problems.size() > problems_shown_max)
    text += "\n  and " + std::to_string(problems.size() - problems_shown_max) + " more";
  return {Errc::bad_scenario, text};
}

Result<Document> parse_document(std::string_view yaml, const std::string& file) {
  if (yaml.size() > document_bytes_max)
    return Failure(Errc::bad_scenario, file + ": longer than " + std::to_string(document_bytes_max) + " bytes");
  if (const std::size_t at = first_not_utf8(yaml); at < yaml.size()) {
    const std::string_view before = yaml.substr(0, at);
    const std::size_t line = before.rfind('\n');
    const Position where{file, static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
                         static_cast<int>(line == std::string_view::npos ? at : at - line - 1) + 1};
    return Failure(Errc::bad_scenario, to_string(where) + ": a byte that is no UTF-8; files are UTF-8 text");
  }
  try {
    const YAML::Node node = YAML::Load(std::string(yaml));
    if (!node.IsMap())
      return Failure(Errc::bad_scenario, file + ":1:1: expected a mapping, such as 'name: ...' on a line");
    Document document;
    document.root = Converter(document, file).convert(node, "");
    return document;
  } catch (const Error& error) {
    return Failure(error.code(), error.detail());
  } catch (const YAML::Exception& error) {
    return Failure(Errc::bad_scenario,
                   to_string(Position{file, error.mark.line + 1, error.mark.column + 1}) + ": " + error.msg);
  }
}

}  // namespace dwcp::scenarios
