// bench_micro_guest [--quick] [--json] [Google Benchmark's own options]
// What a modelled guest costs the simulation that it is part of: its contents, its writes, its stream.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "engine/base/build_info.hpp"
#include "hypervisor/model/incoming.hpp"
#include "hypervisor/model/outgoing.hpp"

namespace dwcp::bench {
namespace {

using namespace model;

constexpr Bytes at_once{~std::uint64_t{0}};
constexpr std::size_t read_size = std::size_t{1} << 20;

struct Case {
  std::string name;
  std::string note;
  // Makes the state; then each call is one pass, and returns the bytes of guest memory that it was about.
  std::function<std::function<std::uint64_t()>(Bytes memory)> prepare;
};

std::function<std::uint64_t()> generate(Bytes memory, ContentProfile profile, std::uint32_t version, double changed) {
  return [=, content = Content(profile, 1, changed)] {
    std::array<std::byte, page_size.value> page;
    for (Frame frame(0); frame.value < memory.value / page_size.value; ++frame) {
      content.generate(frame, version, page);
      benchmark::DoNotOptimize(page.data());
    }
    return memory.value;
  };
}

template <class F>
void read_stream(Bytes memory, F on_piece) {
  const auto guest = std::make_shared<Guest>(Blueprint::make({.memory = memory}).value(), 1);
  OutgoingStream stream(guest, {});
  stream.allow_switchover(at_once);
  ByteVector piece(read_size);
  while (const std::size_t count = stream.read(piece, {})) on_piece(ByteSpan(piece).first(count));
}

std::function<std::uint64_t()> read_in(Bytes memory, bool finish) {
  auto bytes = std::make_shared<ByteVector>();
  read_stream(memory, [&](ByteSpan piece) { bytes->insert(bytes->end(), piece.begin(), piece.end()); });
  return [memory, bytes, finish, blueprint = Blueprint::make({.memory = memory}).value()] {
    IncomingStream in(blueprint);
    for (std::size_t at = 0; at < bytes->size(); at += read_size)
      in.write(ByteSpan(*bytes).subspan(at, std::min(read_size, bytes->size() - at))).value();
    if (finish && !in.finish().value().wrong_pages.empty()) throw std::runtime_error("wrong pages");
    return memory.value;
  };
}

std::function<std::uint64_t()> write_pages(Bytes memory, DirtyPattern pattern) {
  static constexpr Duration step = std::chrono::milliseconds(10);
  const DirtyProfile profile{.pattern = pattern, .rate = BitRate(10'000'000'000), .working_set = memory};
  auto dirtying = std::make_shared<Dirtying>(profile, memory.value / page_size.value, 1);
  return [dirtying, now = TimePoint{}]() mutable {
    std::uint64_t pages = 0;
    for (int i = 0; i < 20; ++i, now += step) {
      dirtying->run(now, now + step, 1);
      pages += dirtying->take().size();
    }
    return pages * page_size.value;
  };
}

std::vector<Case> all_cases() {
  const ContentProfile usual;
  return {
      {"generate/usual", "", [=](Bytes m) { return generate(m, usual, 0, 0.1); }},
      {"generate/low_entropy", "",
       [](Bytes m) {
         return generate(m, {0, 0, 1, 0}, 0, 0.1);
       }},
      {"generate/random", "",
       [](Bytes m) {
         return generate(m, {0, 0, 0, 1}, 0, 0.1);
       }},
      {"generate/written_often", "usual shares, 50 writes of 10 %",
       [=](Bytes m) { return generate(m, usual, 50, 0.1); }},
      {"stream/out", "usual shares",
       [](Bytes m) {
         return std::function<std::uint64_t()>([m] {
           read_stream(m, [](ByteSpan piece) { benchmark::DoNotOptimize(piece.data()); });
           return m.value;
         });
       }},
      {"stream/in", "usual shares, until the last byte is taken", [](Bytes m) { return read_in(m, false); }},
      {"stream/in_and_compared", "usual shares, with the check of every page",
       [](Bytes m) { return read_in(m, true); }},
      {"write/constant", "of whole pages", [](Bytes m) { return write_pages(m, DirtyPattern::constant); }},
      {"write/zipf", "of whole pages", [](Bytes m) { return write_pages(m, DirtyPattern::zipf); }},
  };
}

class Collector final : public benchmark::ConsoleReporter {
 public:
  explicit Collector(bool quiet) : ConsoleReporter(OO_Tabular), quiet_(quiet) {}
  bool ReportContext(const Context& context) override { return quiet_ || ConsoleReporter::ReportContext(context); }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) speeds[run.run_name.function_name] = run.counters.at("GB/s");
    if (!quiet_) ConsoleReporter::ReportRuns(runs);
  }
  std::map<std::string, double> speeds;

 private:
  bool quiet_;
};

std::string line_of(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key)) return key.empty() ? line : line.substr(line.find(':') + 2);
  return "unknown";
}

nlohmann::json to_json(const std::vector<Case>& cases, const std::map<std::string, double>& speeds) {
  nlohmann::json rows = nlohmann::json::array();
  for (const Case& c : cases) {
    const auto found = speeds.find(c.name);
    if (found == speeds.end()) continue;
    rows.push_back({{"case", c.name},
                    {"metric", "speed"},
                    {"unit", "GB/s"},
                    {"ours", found->second},
                    {"peers", nlohmann::json::object()},
                    {"best_peer", nullptr},
                    {"ratio", nullptr},
                    {"limit", nullptr},
                    {"note", "guest memory per second of processor time of one core" +
                                 (c.note.empty() ? std::string() : "; " + c.note)}});
  }
  return {{"schema", 1},
          {"bench", "micro/guest"},
          {"commit", build_commit()},
          {"machine",
           {{"processor", line_of("/proc/cpuinfo", "model name")}, {"cores", std::thread::hardware_concurrency()}}},
          {"load", line_of("/proc/loadavg", "")},
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
  const std::vector<Case> cases = all_cases();
  const Bytes memory = MiB(quick ? 32 : 256);
  for (const Case& c : cases)
    benchmark::RegisterBenchmark(c.name.c_str(),
                                 [&c, memory](benchmark::State& state) {
                                   const auto pass = c.prepare(memory);
                                   double bytes = 0;
                                   for (auto _ : state) bytes += static_cast<double>(pass());
                                   state.counters["GB/s"] =
                                       benchmark::Counter(bytes / 1e9, benchmark::Counter::kIsRate);
                                 })
        ->Unit(benchmark::kMillisecond)
        ->MinTime(quick ? 0.05 : 0.5);
  Collector collector(json);
  benchmark::RunSpecifiedBenchmarks(&collector);
  if (json) std::printf("%s\n", to_json(cases, collector.speeds).dump(2).c_str());
  return 0;
}

}  // namespace
}  // namespace dwcp::bench

int main(int argc, char** argv) { return dwcp::bench::run(argc, argv); }
