#include "scenarios/runner/result_folder.hpp"

#include <unistd.h>

#include <chrono>
#include <ctime>
#include <fstream>

#include "reports/report.hpp"

namespace dwcp::scenarios {
namespace {

constexpr int name_attempts_max = 10'000;

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) throw Error(Errc::storage_failed, "'" + path.string() + "' could not be written");
}

// Replaces the link in one step, so that it always points somewhere.
void point_latest(const std::filesystem::path& folder) {
  const auto link = folder.parent_path() / "latest";
  const auto fresh = folder.parent_path() / (".latest-" + std::to_string(getpid()));
  std::error_code ignored;  // a file system without links has no `latest`, and everything else
  std::filesystem::remove(fresh, ignored);
  std::filesystem::create_directory_symlink(folder.filename(), fresh, ignored);
  std::filesystem::rename(fresh, link, ignored);
}

}  // namespace

std::string folder_time() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &parts);
  return text;
}

std::filesystem::path make_result_folder(const std::filesystem::path& out, const std::string& scenario,
                                         const std::string& time, std::uint64_t seed) {
  const auto parent = out / scenario;
  std::error_code error;
  std::filesystem::create_directories(parent, error);
  const std::string base = time + "-" + std::to_string(seed);
  for (int attempt = 1; !error && attempt <= name_attempts_max; ++attempt) {
    const auto folder = parent / (attempt == 1 ? base : base + "-" + std::to_string(attempt));
    if (std::filesystem::create_directory(folder, error)) return folder;
  }
  throw Error(Errc::storage_failed, "no folder for results in '" + parent.string() + "': " + error.message());
}

void write_results(const std::filesystem::path& folder, const reports::Result& result) {
  write_file(folder / "result.json", reports::to_json(result));
  write_file(folder / "junit.xml", reports::to_junit(result));
  point_latest(folder);
}

void write_run_report(const std::filesystem::path& folder) {
  reports::write_report(folder / reports::report_file, reports::run_report(folder));
}

void write_timeline(const std::filesystem::path& folder, const reports::Timeline& timeline) {
  write_file(folder / "timeline.json", timeline.to_json());
}

}  // namespace dwcp::scenarios
