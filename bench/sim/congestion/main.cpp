// Bench "sim/congestion": the simulation's BBR and CUBIC beside the kernel's over the same link. How far the
// simulation's congestion control may be believed is what this table says.
#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "bench/sim/congestion/kernel.hpp"
#include "engine/base/build_info.hpp"

namespace dwcp::bench {
namespace {

using nlohmann::json;
using platform::CongestionControl;

constexpr double agreement = 0.15;
constexpr double losses[] = {0, 0.001, 0.01};

struct Plan {
  Duration duration = std::chrono::seconds(25);
  unsigned fast_runs = 2,
           slow_runs = 12;  // of cells that fill the link; of lossy CUBIC cells, whose runs differ widely
  unsigned parallel = 4;    // of the latter, on the kernel's side: they hardly load the machine
};

struct Sample {
  double mean = 0, deviation = 0;  // Mbit/s
  std::size_t runs = 0;
};

Sample summarize(const std::vector<BitRate>& rates) {
  Sample s;
  s.runs = rates.size();
  if (rates.empty()) return s;
  for (const BitRate r : rates) s.mean += static_cast<double>(r.value) / 1e6 / static_cast<double>(s.runs);
  for (const BitRate r : rates) s.deviation += std::pow(static_cast<double>(r.value) / 1e6 - s.mean, 2);
  s.deviation = s.runs > 1 ? std::sqrt(s.deviation / static_cast<double>(s.runs - 1)) : 0;
  return s;
}

json row(const sim::BulkSetup& setup, const Plan& plan, const std::string& obstacle, bool print) {
  const bool slow = setup.congestion == CongestionControl::cubic && setup.loss > 0;
  const unsigned runs = slow ? plan.slow_runs : plan.fast_runs;
  std::vector<BitRate> simulated;
  sim::BulkSetup one = setup;
  for (one.seed = 1; one.seed <= runs; ++one.seed) simulated.push_back(sim::run_bulk(one).goodput);
  const Sample ours = summarize(simulated);
  const Sample kernel = obstacle.empty() ? summarize(run_kernel(setup, runs, slow ? plan.parallel : 1)) : Sample{};

  char name[64], note[160];
  std::snprintf(name, sizeof name, "%s, loss %g %%", setup.congestion == CongestionControl::bbr ? "bbr" : "cubic",
                setup.loss * 100);
  std::snprintf(note, sizeof note, "mean of %zu simulated (sd %.1f) and %zu kernel runs (sd %.1f) of %.0f s", ours.runs,
                ours.deviation, kernel.runs, kernel.deviation, to_seconds(setup.duration));
  const bool compared = kernel.runs > 0;
  const double ratio = compared ? ours.mean / kernel.mean : 0;
  if (print && compared)
    std::printf("%-18s %8.2f %8.2f   %5.2f  %s  %s\n", name, ours.mean, kernel.mean, ratio,
                std::abs(ratio - 1) <= agreement ? "agrees" : "DIFFERS", note);
  if (print && !compared)
    std::printf("%-18s %8.2f        -       -  kernel not measured: %s\n", name, ours.mean, obstacle.c_str());
  if (print) std::fflush(stdout);
  return {{"case", name},
          {"metric", "goodput"},
          {"unit", "Mbit/s"},
          {"ours", ours.mean},
          {"peers", {{"kernel", compared ? json(kernel.mean) : json(nullptr)}}},
          {"best_peer", compared ? json("kernel") : json(nullptr)},
          {"ratio", compared ? json(ratio) : json(nullptr)},
          {"limit", "0.85 to 1.15"},
          {"note", compared ? note : "kernel not measured: " + obstacle}};
}

std::string machine() {
  utsname u{};
  ::uname(&u);
  return std::string(u.sysname) + " " + u.release + " " + u.machine + ", " +
         std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) + " processors";
}

double load() {
  double average[1] = {0};
  return ::getloadavg(average, 1) == 1 ? average[0] : -1;
}

int run(int argc, char** argv) {
  bool quick = false, as_json = false;
  Plan plan;
  std::string duration;
  CLI::App app{
      "The simulation's congestion control beside the kernel's: 100 Mbit/s, 50 ms RTT, queue 100 ms, MTU 1500"};
  app.add_flag("--quick", quick, "8 s instead of 25 s, fewer runs: the ramp-up weighs more, on both sides alike");
  app.add_flag("--json", as_json, "one JSON object on standard output and nothing else");
  app.add_option("--duration", duration, "of each run, such as 25s");
  app.add_option("--fast-runs", plan.fast_runs, "runs of each cell that fills the link");
  app.add_option("--slow-runs", plan.slow_runs, "runs of each lossy CUBIC cell");
  CLI11_PARSE(app, argc, argv);
  if (quick) plan = {std::chrono::seconds(8), 1, 4, 4};
  if (!duration.empty()) {
    const auto parsed = parse_duration(duration);
    if (!parsed) {
      std::fprintf(stderr, "sim/congestion: %s\n", parsed.error().message().c_str());
      return 2;
    }
    plan.duration = *parsed;
  }
  const std::string obstacle = kernel_obstacle();
  const double load_before = load();
  if (!as_json) std::printf("Mbit/s             simulated   kernel   ratio\n");
  json rows = json::array();
  bool agree = true;
  for (const auto congestion : {CongestionControl::bbr, CongestionControl::cubic})
    for (const double loss : losses) {
      sim::BulkSetup setup;
      setup.congestion = congestion;
      setup.loss = loss;
      setup.duration = plan.duration;
      rows.push_back(row(setup, plan, obstacle, !as_json));
      const auto& ratio = rows.back()["ratio"];
      agree &= ratio.is_null() || std::abs(ratio.get<double>() - 1) <= agreement;
    }
  if (as_json)
    std::printf("%s\n", json{{"schema", 1},
                             {"bench", "sim/congestion"},
                             {"commit", build_commit()},
                             {"machine", machine()},
                             {"load", load_before},
                             {"rows", rows}}
                            .dump(2)
                            .c_str());
  return agree ? 0 : 99;
}

}  // namespace
}  // namespace dwcp::bench

int main(int argc, char** argv) { return dwcp::bench::run(argc, argv); }
