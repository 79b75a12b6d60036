#include <algorithm>
#include <map>
#include <optional>

#include "tests/unit/tidy/rules.hpp"

namespace dwcp::tidy {
namespace {

struct Layer {
  std::string_view folder;
  std::vector<std::string_view> may_include;  // besides itself
};

// The most specific folder comes first. What is not listed here (cli, bench, tests, bindings) may include everything.
const std::vector<Layer> layers = {
    {"engine/base", {}},
    {"engine/platform/native", {"engine/base", "engine/platform"}},
    {"engine/platform", {"engine/base"}},
    {"engine/security", {"engine/base", "engine/platform"}},
    {"engine/migration", {"engine", "hypervisor/qemu_stream"}},  // docs/decisions/0002-migration-reads-the-stream.md
    {"engine/transfer", {"engine"}},
    {"engine/node", {"engine"}},
    {"engine", {"engine"}},  // the components; what they may see of one another is checked apart
    {"hypervisor/qemu_stream", {"engine/base"}},
    {"hypervisor/libvirt", {"engine", "hypervisor/qemu_stream"}},
    {"hypervisor/model", {"engine", "hypervisor/qemu_stream"}},
    {"sim", {"engine", "hypervisor/model"}},
    {"reports", {"engine/base"}},
    {"scenarios", {"engine", "sim", "hypervisor", "reports"}},
};

const std::vector<std::string_view> components = {"engine/mode", "engine/amst", "engine/hde", "engine/pba",
                                                  "engine/ass",  "engine/acp",  "engine/itp"};

const std::vector<std::string_view> not_in_engine = {"ns3/", "libvirt/", "Python.h", "pybind11/", "infiniband/"};

// Within engine/ such headers are included by the sources of the control protocol only.
constexpr std::string_view json = "nlohmann/";
constexpr std::string_view speaks_json = "engine/node/control_";  // docs/decisions/0005-control-protocol.md

struct Include {
  std::string target;
  bool quoted = false;
};

std::optional<Include> include_of(const std::string& line) {
  std::size_t at = line.find_first_not_of(" \t");
  if (at == std::string::npos || line[at] != '#') return {};
  at = line.find_first_not_of(" \t", at + 1);
  if (at == std::string::npos || line.compare(at, 7, "include") != 0) return {};
  const std::size_t open = line.find_first_of("<\"", at);
  if (open == std::string::npos) return {};
  const std::size_t close = line.find_first_of(">\"", open + 1);
  if (close == std::string::npos) return {};
  return Include{line.substr(open + 1, close - open - 1), line[open] == '"'};
}

bool is_below(std::string_view path, std::string_view folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

std::string_view find_folder(std::string_view path, const std::vector<std::string_view>& folders) {
  const auto found = std::find_if(folders.begin(), folders.end(), [&](auto folder) { return is_below(path, folder); });
  return found == folders.end() ? std::string_view() : *found;
}

std::string join(const std::vector<std::string_view>& names) {
  std::string text;
  for (const auto name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text.empty() ? "nothing else of the project" : text;
}

class IncludeChecker {
 public:
  explicit IncludeChecker(const std::vector<Source>& project) {
    for (const Source& source : project) by_path_[source.path] = &source;
  }

  void check(const Source& source) {
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
      // The name in quotes is blanked in the code; a commented-out include has no # there.
      if (source.code[i].find('#') == std::string::npos) continue;
      const auto include = include_of(source.lines[i]);
      if (!include) continue;
      check_foreign(source, i + 1, *include);
      if (include->quoted) check_own(source, i + 1, include->target);
    }
  }

  std::vector<Violation> take() { return std::move(violations_); }

 private:
  void check_foreign(const Source& source, std::size_t line, const Include& include) {
    if (!source.is_in("engine") || source.is_in("engine/platform/native")) return;
    for (const auto prefix : not_in_engine)
      if (include.target.starts_with(prefix))
        add(source, line, "engine/ includes <" + include.target + ">",
            "engine code reaches it only through the Platform or Hypervisor port");
    if (include.target.starts_with(json) && !(source.path.starts_with(speaks_json) && source.path.ends_with(".cpp")))
      add(source, line, "engine/ includes <" + include.target + ">",
          "JSON is spoken by " + std::string(speaks_json) + "*.cpp alone; pass typed values");
  }

  void check_own(const Source& source, std::size_t line, const std::string& target) {
    if (!by_path_.contains(target)) {
      const bool beside = by_path_.contains(source.folder() + "/" + target);
      if (beside)
        add(source, line, "includes \"" + target + "\" from beside it",
            "write \"" + source.folder() + "/" + target + "\"");
      return;
    }
    check_layer(source, line, target);
    check_public(source, line, target);
  }

  void check_layer(const Source& source, std::size_t line, const std::string& target) {
    const auto layer =
        std::find_if(layers.begin(), layers.end(), [&](const Layer& l) { return source.is_in(l.folder); });
    if (layer == layers.end()) return;
    if (is_below(target, layer->folder) && !reaches_native(source, target)) return;
    if (!find_folder(target, layer->may_include).empty() && !reaches_native(source, target)) return;
    add(source, line, std::string(layer->folder) + " includes \"" + target + "\"",
        "it may include " + join(layer->may_include) + "; move what both need down, or pass it in through a port");
  }

  // native/ is one way to serve the port: engine code that names it would not run in a simulated world.
  static bool reaches_native(const Source& source, const std::string& target) {
    return is_below(target, "engine/platform/native") && source.is_in("engine") &&
           !source.is_in("engine/platform/native") && !source.is_in("engine/node");
  }

  void check_public(const Source& source, std::size_t line, const std::string& target) {
    const auto component = find_folder(target, components);
    if (component.empty() || !source.is_in("engine") || source.is_in(component)) return;
    const std::string readme_path = std::string(component) + "/README.md";
    const auto readme = by_path_.find(readme_path);
    const std::string name = target.substr(target.rfind('/') + 1);
    if (readme != by_path_.end())
      for (const auto& text : readme->second->lines)
        if (text.find(name) != std::string::npos) return;
    add(source, line, "\"" + target + "\" is not a public header of " + std::string(component),
        "use one that " + readme_path + " names, or name it there if it is meant for others");
  }

  void add(const Source& source, std::size_t line, std::string what, std::string remedy) {
    violations_.push_back({source.path, line, "include", std::move(what), std::move(remedy)});
  }

  std::map<std::string, const Source*> by_path_;
  std::vector<Violation> violations_;
};

}  // namespace

std::vector<Violation> check_includes(const std::vector<Source>& project) {
  IncludeChecker checker(project);
  for (const Source& source : project)
    if (source.is_cpp()) checker.check(source);
  return checker.take();
}

}  // namespace dwcp::tidy
