#include "reports/run_document.hpp"

#include <fstream>

#include "engine/base/error.hpp"
#include "reports/report.hpp"
#include "reports/report_events.hpp"
#include "reports/report_series.hpp"

namespace dwcp::reports {
namespace {

using RunJson = nlohmann::ordered_json;

RunJson parse_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(Errc::not_found, "'" + file.string() + "' cannot be read");
  try {
    return RunJson::parse(in);
  } catch (const RunJson::exception& error) {
    throw Error(Errc::bad_value, "'" + file.string() + "': " + error.what());
  }
}

void add_timeline(RunJson& data, const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return;
  try {
    data["timeline"] = embedded_series(parse_file(file), report_values_max);
  } catch (const RunJson::exception& error) {
    throw Error(Errc::bad_value, "'" + file.string() + "': " + error.what());
  }
}

void add_events(RunJson& data, const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return;
  try {
    RunJson events = embedded_events(in, report_events_max);
    data["events"] = std::move(events["events"]);
    data["events_left_out"] = std::move(events["left_out"]);
  } catch (const Error& error) {
    throw Error(Errc::bad_value, "'" + file.string() + "': " + error.detail());
  }
}

// Keeps the first report_migrations_max, and tells how many more there were.
std::size_t bound_migrations(RunJson& migrations) {
  if (migrations.size() <= report_migrations_max) return 0;
  const std::size_t more = migrations.size() - report_migrations_max;
  migrations.erase(migrations.begin() + static_cast<std::ptrdiff_t>(report_migrations_max), migrations.end());
  return more;
}

}  // namespace

nlohmann::ordered_json run_document(const std::filesystem::path& folder) {
  RunJson data, result = parse_file(folder / "result.json");
  try {
    data["migrations_left_out"] = bound_migrations(result.at("migrations"));
  } catch (const RunJson::exception& error) {
    throw Error(Errc::bad_value, "'" + (folder / "result.json").string() + "': " + error.what());
  }
  data["result"] = std::move(result);
  add_timeline(data, folder / "timeline.json");
  add_events(data, folder / "events.jsonl");
  return data;
}

}  // namespace dwcp::reports
