// Suites: folders of scenario files.
#include <algorithm>

#include "scenarios/runner/runner.hpp"

namespace dwcp::scenarios {
namespace {

constexpr const char* included_only = "common";

std::vector<std::filesystem::path> scenario_files_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code error;  // a folder that cannot be read holds none
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::vector<std::string> suites_of(const std::filesystem::path& library) {
  std::vector<std::string> suites;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(library, error)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory() && name != included_only && !scenario_files_in(entry.path()).empty())
      suites.push_back(name);
  }
  std::ranges::sort(suites);
  return suites;
}

std::vector<std::filesystem::path> files_of_suite(const std::filesystem::path& library, const std::string& suite) {
  const auto suites = suites_of(library);
  if (std::ranges::find(suites, suite) != suites.end()) return scenario_files_in(library / suite);
  std::string known;
  for (const std::string& name : suites) known += (known.empty() ? "" : ", ") + name;
  throw Error(Errc::not_found,
              "there is no suite '" + suite + "' in '" + library.string() + "'; " +
                  (known.empty() ? "it holds none (--scenarios names the folder)" : "known: " + known));
}

}  // namespace dwcp::scenarios
