#include "reports/result.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <thread>

namespace dwcp::reports {

std::string_view to_string(Verdict verdict) {
  constexpr std::string_view names[] = {"passed", "failed", "aborted"};
  return names[static_cast<std::size_t>(verdict)];
}

double MigrationResult::utilisation() const {
  if (path_capacity.value == 0) return 0;
  return static_cast<double>(goodput.value) / static_cast<double>(path_capacity.value);
}

Distribution distribution_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto rank = [&](double share) {
    const auto index = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    return values[std::max<std::size_t>(index, 1) - 1];
  };
  return {rank(0.50), rank(0.90), rank(0.99), values.back()};
}

std::optional<double> Result::metric(const std::string& name) const {
  if (const auto found = metrics.find(name); found != metrics.end())
    if (const auto* number = std::get_if<double>(&found->second)) return *number;
  const std::size_t dot = name.rfind('.');
  if (dot == std::string::npos) return std::nullopt;
  const auto found = metrics.find(name.substr(0, dot));
  if (found == metrics.end()) return std::nullopt;
  const auto* distribution = std::get_if<Distribution>(&found->second);
  if (!distribution) return std::nullopt;
  const std::string figure = name.substr(dot + 1);
  if (figure == "p50") return distribution->p50;
  if (figure == "p90") return distribution->p90;
  if (figure == "p99") return distribution->p99;
  return figure == "max" ? std::optional(distribution->max) : std::nullopt;
}

bool Result::thresholds_hold() const {
  return std::all_of(thresholds.begin(), thresholds.end(), [](const ThresholdResult& t) { return t.ok; });
}

Machine this_machine() {
  Machine machine;
  machine.cores = std::max(1u, std::thread::hardware_concurrency());
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (!line.starts_with("model name")) continue;
    machine.processor = line.substr(line.find(':') + 2);
    break;
  }
  utsname system{};
  if (uname(&system) == 0) machine.system = std::string(system.sysname) + " " + system.release + " " + system.machine;
  return machine;
}

}  // namespace dwcp::reports
