#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "reports/compare/runs.hpp"

namespace dwcp::reports {
namespace {

using RunsJson = nlohmann::json;
namespace fs = std::filesystem;

dwcp::Result<std::string> text_of(const fs::path& file) {
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error) return Failure(Errc::storage_failed, "'" + file.string() + "' cannot be read: " + error.message());
  if (size > result_bytes_max)
    return Failure(Errc::bad_value, "'" + file.string() + "' has " + std::to_string(size) +
                                        " bytes; no result has more than " + std::to_string(result_bytes_max));
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return Failure(Errc::storage_failed, "'" + file.string() + "' cannot be read");
  return std::move(text).str();
}

std::string string_in(const RunsJson& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// "dwcp 0.1.0 (commit 6dac1bc, Release, g++ 12.2.0)", as most benches write it, or the commit alone.
std::string commit_in(const std::string& text) {
  constexpr std::string_view word = "(commit ";
  const std::size_t at = text.find(word);
  if (at == std::string::npos) return text;
  return text.substr(at + word.size(), text.find(',', at) - at - word.size());
}

Run run_of_bench(const RunsJson& json) {
  Run run;
  run.bench = true;
  run.subject.name = "bench " + json.at("bench").get<std::string>();
  run.commit = commit_in(string_in(json, "commit"));
  if (const auto machine = json.find("machine"); machine != json.end()) {
    if (machine->is_string()) run.machine = *machine;
    if (machine->is_object())
      for (const auto& [key, value] : machine->items())
        run.machine +=
            (run.machine.empty() ? "" : ", ") + (value.is_string() ? value.template get<std::string>() : value.dump());
  }
  for (const RunsJson& row : json.at("rows")) {
    const auto ours = row.find("ours");
    if (ours == row.end() || !ours->is_number()) continue;  // stopped early, as its note says
    const std::string metric = string_in(row, "metric"), name = string_in(row, "case");
    run.figures[name + (metric.empty() ? "" : ": " + metric)] = {ours->get<double>(), string_in(row, "unit")};
  }
  return run;
}

bool is_bench(const RunsJson& json) { return json.is_object() && json.contains("bench") && json.contains("rows"); }

// Appends what a text holds. `strict`: what is neither result nor bench is an error, else it is passed over.
dwcp::Result<void> take_text(const std::string& text, const fs::path& file, bool strict, std::vector<Run>& runs) {
  const auto bad = [&](const std::string& why) { return Failure(Errc::bad_value, "'" + file.string() + "': " + why); };
  std::istringstream in(text);
  bool any = false;
  while (in >> std::ws && in.peek() != std::istringstream::traits_type::eof()) {
    RunsJson json;
    try {
      in >> json;
      if (is_bench(json)) {
        runs.push_back(run_of_bench(json));
      } else if (json.is_object() && json.contains("scenario") && json.contains("metrics")) {
        const auto result = parse_result(json.dump());
        if (!result) return bad(result.error().detail);
        runs.push_back(run_of(*result));
      } else if (strict) {
        return bad("neither a run's result.json nor the JSON of a bench");
      } else {
        return {};
      }
    } catch (const RunsJson::exception& error) {
      if (!strict) return {};
      return bad(error.what());
    }
    any = true;
    runs.back().order = file.parent_path().filename().string() + "/" + file.filename().string();
    if (!runs.back().bench && file.filename() == "result.json")
      runs.back().folder = file.parent_path().empty() ? "." : file.parent_path();
  }
  if (!any && strict) return bad("is empty");
  return {};
}

// The results' own files are read strictly; other JSON files may be a bench's, and may be anything.
dwcp::Result<void> take_folder(const fs::path& folder, std::vector<Run>& runs) {
  std::vector<fs::path> files;
  std::error_code error;
  auto entry = fs::recursive_directory_iterator(folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->is_symlink() || !entry->is_regular_file() || entry->path().extension() != ".json") continue;
    files.push_back(entry->path());
    if (files.size() > result_files_max)
      return Failure(Errc::bad_value, "'" + folder.string() + "' holds more than " + std::to_string(result_files_max) +
                                          " files; name a folder within it");
  }
  if (error) return Failure(Errc::storage_failed, "'" + folder.string() + "' cannot be read: " + error.message());
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    const bool own = file.filename() == "result.json";
    // Beside a run's result are its other files: figures over time, events for Perfetto. They may be large.
    if (!own && fs::exists(file.parent_path() / "result.json", error)) continue;
    const auto text = text_of(file);
    if (!text) return text.error();
    if (auto taken = take_text(*text, file, own, runs); !taken) return taken;
  }
  return {};
}

}  // namespace

dwcp::Result<std::vector<Run>> read_runs(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status)) return Failure(Errc::not_found, "'" + path.string() + "': no such file or folder");
  std::vector<Run> runs;
  if (fs::is_directory(status)) {
    if (auto taken = take_folder(path, runs); !taken) return taken.error();
    if (runs.empty())
      return Failure(Errc::not_found, "'" + path.string() + "' holds no result.json of a run and no JSON of a bench");
  } else {
    const auto text = text_of(path);
    if (!text) return text.error();
    if (auto taken = take_text(*text, path, true, runs); !taken) return taken.error();
  }
  std::ranges::stable_sort(runs, {}, [](const Run& run) { return std::tie(run.subject, run.seed, run.order); });
  return runs;
}

}  // namespace dwcp::reports
