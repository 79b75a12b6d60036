#include "reports/compare/runs.hpp"

#include <algorithm>
#include <cmath>

#include "reports/failure.hpp"

namespace dwcp::reports {

std::string to_string(const Subject& subject) {
  std::string text = subject.name, values;
  for (const auto& [key, value] : subject.swept) values += (values.empty() ? "" : ", ") + key + "=" + value;
  return values.empty() ? text : text + " [" + values + "]";
}

namespace {

std::string machine_text(const Machine& machine) {
  return machine.processor + " × " + std::to_string(machine.cores) + ", " + machine.system;
}

// What no figure is (a ratio of nothing) is left out, as if it had not been measured.
void add_figure(Run& run, const std::string& name, double value) {
  if (std::isfinite(value)) run.figures[name] = {value, {}};
}

bool is_one_of(std::string_view unit, std::initializer_list<std::string_view> units) {
  return std::ranges::find(units, unit) != units.end();
}

}  // namespace

Run run_of(const Result& result) {
  Run run;
  run.subject = {result.scenario, result.swept};
  run.simulated = result.world == "sim";
  run.seed = result.seed;
  run.file = result.file;
  run.commit = result.commit;
  run.machine = machine_text(result.machine);
  run.world = result.world;
  run.fidelity = result.fidelity;
  run.scenario_hash = result.scenario_hash;
  run.overrides = result.overrides;
  run.versions = result.versions;
  run.passed = result.verdict == Verdict::passed;
  if (!run.passed) run.failure = failure_text(result);
  run.reproduce = result.reproduce;
  for (const auto& [name, metric] : result.metrics) {
    if (const auto* number = std::get_if<double>(&metric)) {
      add_figure(run, name, *number);
      continue;
    }
    const auto& d = std::get<Distribution>(metric);
    add_figure(run, name + ".p50", d.p50);
    add_figure(run, name + ".p90", d.p90);
    add_figure(run, name + ".p99", d.p99);
    add_figure(run, name + ".max", d.max);
  }
  add_figure(run, "run.passed", run.passed ? 1 : 0);
  add_figure(run, "run.virtual_time_s", to_seconds(result.virtual_time));
  add_figure(run, "run.wall_time_s", result.wall_time_s);
  return run;
}

MetricTraits traits_of(const Run& run, const std::string& metric) {
  if (!run.bench) {
    MetricTraits traits = traits_of(metric);
    if (!run.simulated) traits.clock = MetricClock::wall;
    return traits;
  }
  MetricTraits traits{.pattern = "*", .clock = MetricClock::wall, .importance = 0};
  const auto figure = run.figures.find(metric);
  if (figure == run.figures.end()) return traits;
  const std::string_view unit = figure->second.unit;
  if (is_one_of(unit, {"s", "ms", "us", "ns", "s/GB", "bytes", "B", "KiB", "MiB", "GiB"}))
    traits.good = Good::lower;
  else if (unit.ends_with("/s"))
    traits.good = Good::higher;
  return traits;
}

}  // namespace dwcp::reports
