#include "reports/gate/self_test.hpp"

#include <algorithm>
#include <cmath>

#include "engine/base/random.hpp"
#include "reports/gate/gate.hpp"
#include "reports/gate/gate_words.hpp"
#include "reports/gate/update.hpp"

namespace dwcp::reports {
namespace {

constexpr std::size_t noisy_repeats = 20;
constexpr std::size_t quiet_trials = 200;  // of noise alone; at a level of 1 % some two are expected to be called news

Run planted_run() {
  Run run;
  run.subject = {"self-test/planted", {}};
  run.simulated = true;
  run.seed = 1;
  run.file = "planted.yaml";
  run.commit = "self-test";
  run.scenario_hash = "0123456789abcdef";
  run.versions = {{"compiler", "g++"}, {"zstd", "1"}};
  run.figures = {{"migration.bytes_wire", {53'800'000, {}}}, {"migration.total_time_s", {1.44, {}}},
                 {"migrations.completed", {1, {}}},          {"vms.lost", {0, {}}},
                 {"hde.class_bytes.raw", {30'400'000, {}}},  {"run.wall_time_s", {2, {}}}};
  return run;
}

Baseline baseline_of_planted() {
  Baseline baseline;
  baseline.file = "planted.json";
  update_baseline(baseline, {planted_run()}, {.why = "self-test", .date = "2026-01-01", .neighbours = {}}).value();
  return baseline;
}

GateResult gate_planted(const std::vector<Run>& runs) {
  return check_runs({baseline_of_planted()}, runs, Completeness::all);
}

// Times around `middle` that are off by a tenth, mostly to the right, as on a machine that others use.
std::vector<double> noisy(Random& random, double middle, std::size_t count) {
  std::vector<double> times;
  for (std::size_t i = 0; i < count; ++i)
    times.push_back(middle * (1 + 0.05 * random.uniform() + random.exponential(0.05)));
  return times;
}

SelfTestCase of_figures(const std::string& name, const std::string& metric, double factor, bool must_fail) {
  Run run = planted_run();
  run.figures[metric].value *= factor;
  const GateResult result = gate_planted({run});
  return {name, result.regressed() == must_fail && !result.incomplete(), gate_summary(result)};
}

SelfTestCase of_wall(const std::string& name, const std::vector<double>& before, const std::vector<double>& now,
                     bool must_fail) {
  GateResult result;
  result.wall = check_wall({{"self-test/planted", "run.wall_time_s", before, now}}, {});
  return {name, result.regressed() == must_fail, gate_summary(result)};
}

SelfTestCase of_noise_alone(Random& random) {
  std::size_t alarms = 0;
  for (std::size_t i = 0; i < quiet_trials; ++i) {
    const auto before = noisy(random, 2, noisy_repeats), now = noisy(random, 2, noisy_repeats);
    const auto checks = check_wall({{"self-test/planted", "run.wall_time_s", before, now}}, {});
    alarms += checks.front().outcome == WallOutcome::regression;
  }
  return {"noise alone, " + std::to_string(quiet_trials) + " times, is next to never a regression",
          alarms <= quiet_trials / 50, std::to_string(alarms) + " alarms"};
}

}  // namespace

std::vector<SelfTestCase> gate_self_test(std::uint64_t seed) {
  Random random(seed, "gate-self-test");
  std::vector<SelfTestCase> cases;
  const auto figures = [&](const char* name, const char* metric, double factor, bool must_fail) {
    cases.push_back(of_figures(name, metric, factor, must_fail));
  };
  figures("an unchanged run passes", "migration.bytes_wire", 1, false);
  figures("5 % more bytes fail", "migration.bytes_wire", 1.05, true);
  figures("1 % more bytes are within the limit", "migration.bytes_wire", 1.01, false);
  figures("5 % less bytes pass, and are told", "migration.bytes_wire", 0.95, false);
  figures("twice the virtual time fails", "migration.total_time_s", 2, true);
  figures("a migration that is not completed fails", "migrations.completed", 0, true);
  figures("ten times the wall time of a single run does not", "run.wall_time_s", 10, false);

  Run lost = planted_run();
  lost.figures["vms.lost"].value = 1;
  cases.push_back({"a lost VM fails", gate_planted({lost}).regressed(), gate_summary(gate_planted({lost}))});
  Run other = planted_run();
  other.scenario_hash = "another";
  other.figures["migration.bytes_wire"].value *= 2;
  const GateResult changed = gate_planted({other});
  cases.push_back({"a changed scenario is told from a regression", changed.incomplete() && !changed.regressed(),
                   gate_summary(changed)});
  const GateResult missing = gate_planted({});
  cases.push_back({"a scenario that is missing is an error",
                   missing.incomplete() && missing.scenarios.front().subject.name == "self-test/planted",
                   gate_summary(missing)});

  const auto before = noisy(random, 2, noisy_repeats);
  cases.push_back(of_wall("a wall clock that runs twice as long, 20 noisy repeats, fails", before,
                          noisy(random, 4, noisy_repeats), true));
  cases.push_back(
      of_wall("the same program twice, 20 noisy repeats, passes", before, noisy(random, 2, noisy_repeats), false));
  cases.push_back(of_wall("twice as long in one sample decides nothing", {2.0}, {4.0}, false));
  cases.push_back(of_noise_alone(random));
  return cases;
}

}  // namespace dwcp::reports
