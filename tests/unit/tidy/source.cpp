#include "tests/unit/tidy/source.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

namespace dwcp::tidy {
namespace {

constexpr std::array top_folders = {".ci",    "bench",      "bindings", "cli",       "cmake", "docs",
                                    "engine", "hypervisor", "reports",  "scenarios", "sim",   "tests"};
constexpr std::array endings = {".cpp", ".hpp", ".def", ".cmake", ".sh", ".py", ".md", ".txt"};

// Blanks comments and literals, line by line. Raw string literals end where a line without their terminator would go
// on; they are tracked across lines like block comments.
class Blanker {
 public:
  std::string operator()(const std::string& line) {
    std::string code(line.size(), ' ');
    for (std::size_t i = 0; i < line.size();) i = step(line, i, code);
    return code;
  }

 private:
  std::size_t step(const std::string& line, std::size_t i, std::string& code) {
    if (!until_.empty()) {
      const std::size_t end = line.find(until_, i);
      if (end == std::string::npos) return line.size();
      const std::size_t next = end + until_.size();
      until_.clear();
      return next;
    }
    if (line.compare(i, 2, "//") == 0) return line.size();
    if (line.compare(i, 2, "/*") == 0) return open("*/", i + 2);
    if (line.compare(i, 2, "R\"") == 0) {
      const std::size_t parenthesis = line.find('(', i);
      if (parenthesis != std::string::npos)
        return open(")" + line.substr(i + 2, parenthesis - i - 2) + "\"", parenthesis + 1);
    }
    if (line[i] == '"' || (line[i] == '\'' && !is_digit_separator(line, i))) return skip_literal(line, i, code);
    code[i] = line[i];
    return i + 1;
  }

  std::size_t open(std::string terminator, std::size_t next) {
    until_ = std::move(terminator);
    return next;
  }

  static bool is_digit_separator(const std::string& line, std::size_t i) {
    return i > 0 && std::isxdigit(static_cast<unsigned char>(line[i - 1])) != 0;
  }

  static std::size_t skip_literal(const std::string& line, std::size_t i, std::string& code) {
    const char quote = line[i];
    code[i] = quote;
    for (++i; i < line.size() && line[i] != quote; ++i)
      if (line[i] == '\\') ++i;
    if (i < line.size()) code[i] = quote;
    return i + 1;
  }

  std::string until_;  // what ends the comment or raw literal that is open
};

bool is_source(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace

std::string Source::folder() const {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

bool Source::is_in(std::string_view folder) const {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

std::string Violation::text() const {
  return path + (line == 0 ? "" : ":" + std::to_string(line)) + ": " + rule + ": " + what + "; " + remedy;
}

Source parse_source(std::string path, std::string_view text) {
  Source source;
  source.path = std::move(path);
  std::istringstream stream{std::string(text)};
  Blanker blank;
  for (std::string line; std::getline(stream, line);) {
    source.code.push_back(blank(line));
    source.lines.push_back(std::move(line));
  }
  return source;
}

std::vector<Source> load_project(const std::filesystem::path& root) {
  namespace fs = std::filesystem;
  std::vector<Source> sources;
  for (const std::string_view folder : top_folders) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (!entry.is_regular_file() || !is_source(entry.path())) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      std::ostringstream text;
      text << file.rdbuf();
      sources.push_back(parse_source(entry.path().lexically_relative(root).generic_string(), text.str()));
    }
  }
  std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) { return a.path < b.path; });
  return sources;
}

}  // namespace dwcp::tidy
