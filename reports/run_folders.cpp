#include "reports/run_folders.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <tuple>

namespace dwcp::reports {
namespace {

constexpr const char* result_file = "result.json";

// "20260131-235959-1" is of the time "20260131-235959"; of another name, nothing.
std::string time_of(const std::filesystem::path& folder) {
  constexpr std::string_view shape = "dddddddd-dddddd-";
  const std::string name = folder.filename().string();
  if (name.size() <= shape.size()) return {};
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'd' ? name[i] < '0' || name[i] > '9' : name[i] != shape[i]) return {};
  return name.substr(0, shape.size() - 1);
}

std::vector<std::filesystem::path> folders_below(const std::filesystem::path& top) {
  std::vector<std::filesystem::path> folders;
  std::error_code error;
  std::filesystem::recursive_directory_iterator at(top, std::filesystem::directory_options::skip_permission_denied,
                                                   error);
  for (; !error && at != std::filesystem::recursive_directory_iterator(); at.increment(error)) {
    if (at->path().filename() != result_file || folders.size() == runs_found_max) continue;
    folders.push_back(at->path().parent_path());
  }
  if (error) throw Error(Errc::not_found, "'" + top.string() + "' cannot be searched: " + error.message());
  std::ranges::sort(folders);
  return folders;
}

auto place_of(const FinishedRun& run) { return std::tie(run.result.scenario, run.result.swept, run.result.seed); }

}  // namespace

FinishedRun read_run(const std::filesystem::path& folder) {
  const auto file = folder / result_file;
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(Errc::not_found, "'" + file.string() + "' cannot be read");
  std::ostringstream text;
  text << in.rdbuf();
  auto result = parse_result(text.str());
  if (!result) throw Error(Errc::bad_value, "'" + file.string() + "': " + result.error().detail);
  return {folder, std::move(*result)};
}

FoundRuns find_runs(const std::filesystem::path& folder) {
  // By scenario and point, then by time.
  std::map<std::pair<std::string, std::map<std::string, std::string>>, std::map<std::string, std::vector<FinishedRun>>>
      all;
  for (const auto& one : folders_below(folder)) {
    FinishedRun run = read_run(one);
    const std::pair point(run.result.scenario, run.result.swept);
    all[point][time_of(one)].push_back(std::move(run));
  }
  if (all.empty())
    throw Error(Errc::not_found, "there is no result.json in '" + folder.string() +
                                     "' or below it; dwcp run puts one into the folder of each run");
  FoundRuns found;
  for (auto& [point, by_time] : all) {
    auto& newest = by_time.rbegin()->second;
    for (const auto& [time, runs] : by_time) found.older += &runs == &newest ? 0 : runs.size();
    std::ranges::move(newest, std::back_inserter(found.runs));
  }
  std::ranges::stable_sort(found.runs, [](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
  return found;
}

}  // namespace dwcp::reports
