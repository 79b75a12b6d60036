// bench_micro_hde [--quick] [--json] [Google Benchmark's own options]
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "bench/micro/hde/speed.hpp"
#include "bench/micro/hde/verdict.hpp"
#include "engine/base/build_info.hpp"

namespace dwcp::bench {
namespace {

// Keeps the last run of each case, beside or instead of the table on the terminal.
class Collector final : public benchmark::ConsoleReporter {
 public:
  explicit Collector(bool quiet) : ConsoleReporter(OO_Tabular), quiet_(quiet) {}
  bool ReportContext(const Context& context) override { return quiet_ || ConsoleReporter::ReportContext(context); }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.run_type == Run::RT_Aggregate && run.aggregate_name != "median") continue;
      // Of several repetitions the median counts, which comes last.
      measured_[run.run_name.function_name] = {run.counters.at("GB/s"), run.counters.at("out/in")};
    }
    if (!quiet_) ConsoleReporter::ReportRuns(runs);
  }
  const MeasuredCases& measured() const { return measured_; }

 private:
  bool quiet_;
  MeasuredCases measured_;
};

void run_case(benchmark::State& state, const Case& c, std::size_t bytes) {
  const auto pass = c.prepare(bytes);
  pass();  // page faults and cold caches are not what is asked
  Pass sum;
  for (auto _ : state) {
    const Pass one = pass();
    state.SetIterationTime(one.seconds);
    sum.seconds += one.seconds;
    sum.bytes_in += one.bytes_in;
    sum.bytes_out += one.bytes_out;
  }
  state.counters["GB/s"] = sum.bytes_in / sum.seconds / 1e9;
  state.counters["out/in"] = sum.bytes_out / sum.bytes_in;
}

std::string first_value(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key)) return key.empty() ? line : line.substr(line.find(':') + 2);
  return "unknown";
}

nlohmann::json row(const std::string& name, const char* metric, const char* unit, double value,
                   const nlohmann::json& limit, const std::string& note) {
  return {{"case", name},
          {"metric", metric},
          {"unit", unit},
          {"ours", value},
          {"peers", nlohmann::json::object()},
          {"best_peer", nullptr},
          {"ratio", nullptr},
          {"limit", limit},
          {"note", note}};
}

nlohmann::json to_json(const std::vector<Case>& cases, const MeasuredCases& measured) {
  nlohmann::json rows = nlohmann::json::array();
  const auto memcpy_speed = measured.find("memcpy");
  const nlohmann::json limit =
      memcpy_speed == measured.end() ? nlohmann::json() : nlohmann::json(memcpy_speed->second.gb_per_s);
  for (const Case& c : cases) {
    const auto found = measured.find(c.name);
    if (found == measured.end()) continue;
    std::string note = "processor time of one core";
    if (c.name != "memcpy") note += "; limit: memcpy of the same memory";
    for (const Verdict& verdict : verdicts(c, measured)) note += "; " + verdict.text;
    if (!c.note.empty()) note += "; " + c.note;
    rows.push_back(
        row(c.name, "speed", "GB/s", found->second.gb_per_s, c.name == "memcpy" ? nlohmann::json() : limit, note));
    if (found->second.share > 0)
      rows.push_back(row(c.name, "payload", "share of content", found->second.share, nullptr, "made-up memory"));
  }
  return {{"schema", 1},
          {"bench", "micro/hde"},
          {"commit", build_commit()},
          {"machine",
           {{"processor", first_value("/proc/cpuinfo", "model name")}, {"cores", std::thread::hardware_concurrency()}}},
          {"load", first_value("/proc/loadavg", "")},
          {"rows", rows}};
}

int run(int argc, char** argv) {
  bool quick = false, json = false;
  std::vector<char*> rest;
  for (int i = 0; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0)
      quick = true;
    else if (std::strcmp(argv[i], "--json") == 0)
      json = true;
    else
      rest.push_back(argv[i]);
  }
  int count = static_cast<int>(rest.size());
  benchmark::Initialize(&count, rest.data());
  if (benchmark::ReportUnrecognizedArguments(count, rest.data())) return 2;

  std::vector<Case> cases{memcpy_case()};
  for (auto& list : {kernel_cases(), encoder_cases(), decoder_cases()})
    cases.insert(cases.end(), list.begin(), list.end());
  // Larger than the caches of any processor that serves guests.
  const std::size_t bytes = (quick ? 32u : 256u) << 20;
  for (const Case& c : cases)
    benchmark::RegisterBenchmark(c.name.c_str(), [&c, bytes](benchmark::State& state) { run_case(state, c, bytes); })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond)
        ->MinTime(quick ? 0.05 : 0.5);
  Collector collector(json);
  benchmark::RunSpecifiedBenchmarks(&collector);
  if (json)
    std::printf("%s\n", to_json(cases, collector.measured()).dump(2).c_str());
  else
    print_verdicts(cases, collector.measured());
  return 0;
}

}  // namespace
}  // namespace dwcp::bench

int main(int argc, char** argv) { return dwcp::bench::run(argc, argv); }
