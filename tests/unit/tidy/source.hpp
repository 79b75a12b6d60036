// The project's sources as the rules see them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace dwcp::tidy {

struct Source {
  std::string path;                // from the project's root, with forward slashes
  std::vector<std::string> lines;  // as written
  std::vector<std::string> code;   // the same lines with comments and the contents of literals blanked out

  std::string folder() const;
  bool is_header() const { return path.ends_with(".hpp"); }
  bool is_cpp() const { return path.ends_with(".cpp") || is_header(); }
  bool is_in(std::string_view folder) const;  // in it, or in a folder below it
};

struct Violation {
  std::string path;
  std::size_t line = 0;  // from 1; 0 where the whole file or folder is meant
  std::string rule;
  std::string what;
  std::string remedy;

  std::string text() const;  // "path:line: rule: what; remedy"
};

Source parse_source(std::string path, std::string_view text);

// Every source of the project under `root`: C++, CMake, shell, Python and Markdown, without build/ and results/.
std::vector<Source> load_project(const std::filesystem::path& root);

}  // namespace dwcp::tidy
