#include "cli/transfer/report.hpp"

#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "engine/transfer/names.hpp"

namespace dwcp::cli {
namespace {

using nlohmann::json;

json describe_classes(const hde::ClassStats& stats) {
  json classes = json::object();
  for (std::size_t i = 0; i < hde::page_class_count; ++i) {
    const auto& totals = stats.by_class[i];
    if (totals.pages == 0) continue;
    classes[std::string(hde::to_string(static_cast<hde::PageClass>(i)))] = {
        {"pages", totals.pages}, {"in_bytes", totals.in.value}, {"out_bytes", totals.out.value}};
  }
  return classes;
}

std::uint64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Bytes per_second(Bytes size, Duration time) { return Bytes(rate_of(size, time).value / 8); }

}  // namespace

std::string describe(const transfer::FileReport& file) {
  std::string line(transfer::to_string(file.outcome));
  line.resize(11, ' ');
  line += transfer::in_quotes(file.name) + "  " + to_string(file.size);
  if (file.outcome == transfer::FileOutcome::completed) line += ", " + to_string(file.reused) + " of it were there";
  if (file.outcome == transfer::FileOutcome::failed) line += ": " + file.failure.message();
  return line;
}

std::string summary(const transfer::Report& report) {
  std::string line = to_string(report.carried + report.reused) + " in " + to_string(report.time) + " (" +
                     to_string(per_second(report.carried + report.reused, report.time)) +
                     "/s): " + to_string(report.carried) + " carried as " + to_string(report.wire) + " on the wire";
  if (report.reused > Bytes(0)) line += ", " + to_string(report.reused) + " were there before";
  if (report.reconnects > 0) line += ", " + std::to_string(report.reconnects) + " reconnects";
  return line;
}

std::string to_json(const std::string& command, const transfer::Report& report, const Failure& failure) {
  json files = json::array();
  for (const transfer::FileReport& file : report.files) {
    json entry = {{"name", file.name},
                  {"size_bytes", file.size.value},
                  {"reused_bytes", file.reused.value},
                  {"outcome", transfer::to_string(file.outcome)}};
    if (file.outcome == transfer::FileOutcome::failed) entry["error"] = file.failure.message();
    files.push_back(std::move(entry));
  }
  json out = {{"schema", 1},
              {"command", command},
              {"ok", !failure.code && report.all_well()},
              {"files", std::move(files)},
              {"total_bytes", report.total.value},
              {"carried_bytes", report.carried.value},
              {"reused_bytes", report.reused.value},
              {"resent_bytes", report.resent.value},
              {"wire_bytes", report.wire.value},
              {"time_s", to_seconds(report.time)},
              {"rate_bytes_per_s", per_second(report.carried + report.reused, report.time).value},
              {"reconnects", report.reconnects},
              {"streams", report.streams},
              {"security", report.security},
              {"classes", describe_classes(report.classes)},
              {"process_memory_peak_bytes", peak_memory_bytes()},
              {"process_cpu_s", processor_seconds()}};
  if (!report.congestion.empty())
    out["congestion"] = {
        {"control", report.congestion}, {"trials", report.congestion_trials}, {"trials_kept", report.congestion_kept}};
  if (failure.code) out["error"] = failure.message();
  // A name need not be UTF-8.
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace dwcp::cli
