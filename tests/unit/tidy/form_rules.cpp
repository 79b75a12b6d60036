#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "tests/unit/tidy/rules.hpp"

namespace dwcp::tidy {
namespace {

constexpr std::size_t lines_max = 450;
constexpr std::size_t readme_lines_max = 30;

// Written in two pieces, so that this file keeps its own rule.
const std::array<std::string, 4> notes_to_self = {
    "TO"
    "DO",
    "FIX"
    "ME",
    "HA"
    "CK",
    "XX"
    "X"};

// Folders that explain themselves with a README.md: those of the product. tests/ mirrors them and has one at its top.
const std::array<std::string_view, 7> explained = {"engine",  "hypervisor", "sim", "scenarios",
                                                   "reports", "bindings",   "cli"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool has_word(const std::string& line, const std::string& word) {
  for (std::size_t at = line.find(word); at != std::string::npos; at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(line[at - 1])) && (end == line.size() || !is_word(line[end]))) return true;
  }
  return false;
}

void check_file(const Source& source, std::vector<Violation>& violations) {
  const bool is_document = source.path.ends_with(".md");
  if (!is_document && source.lines.size() > lines_max)
    violations.push_back({source.path, lines_max + 1, "form", "has " + std::to_string(source.lines.size()) + " lines",
                          "a file is one idea of at most " + std::to_string(lines_max) + " lines: split it"});
  for (std::size_t i = 0; i < source.lines.size(); ++i)
    for (const auto& note : notes_to_self)
      if (has_word(source.lines[i], note))
        violations.push_back({source.path, i + 1, "form", "leaves a note '" + note + "'", "do it, or drop it"});
  const auto is_pragma = [](const std::string& line) { return line.starts_with("#pragma once"); };
  if (source.is_header() && std::none_of(source.code.begin(), source.code.end(), is_pragma))
    violations.push_back({source.path, 1, "form", "has no #pragma once", "add it below the opening comment"});
}

void check_readmes(const std::vector<Source>& project, std::vector<Violation>& violations) {
  std::map<std::string, const Source*> readmes;
  std::set<std::string> with_sources;
  for (const Source& source : project) {
    if (source.path.ends_with("/README.md")) readmes[source.folder()] = &source;
    const bool is_explained =
        std::any_of(explained.begin(), explained.end(), [&](std::string_view folder) { return source.is_in(folder); });
    if (source.is_cpp() && is_explained) with_sources.insert(source.folder());
  }
  for (const auto& folder : with_sources)
    if (!readmes.contains(folder))
      violations.push_back({folder, 0, "form", "has sources and no README.md",
                            "say in at most 30 lines what it is for, its public header, and what it must never do"});
  for (const auto& [folder, readme] : readmes)
    if (with_sources.contains(folder) && readme->lines.size() > readme_lines_max)
      violations.push_back({readme->path, readme_lines_max + 1, "form",
                            "has " + std::to_string(readme->lines.size()) + " lines",
                            "keep it within " + std::to_string(readme_lines_max) + "; longer texts belong to docs/"});
}

}  // namespace

std::vector<Violation> check_form(const std::vector<Source>& project) {
  std::vector<Violation> violations;
  for (const Source& source : project) check_file(source, violations);
  check_readmes(project, violations);
  return violations;
}

}  // namespace dwcp::tidy
