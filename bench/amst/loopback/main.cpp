// bench_amst_loopback [--quick] [--json] [--streams N] [--chunk BYTES] [--congestion bbr|cubic]
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/amst/loopback/measure.hpp"
#include "engine/base/build_info.hpp"

namespace dwcp::bench {
namespace {

std::string first_value(const char* file, const std::string& key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(key)) return key.empty() ? line : line.substr(line.find(':') + 2);
  return "unknown";
}

struct Case {
  std::string name;
  Setup setup;
  Throughput ours;
  std::optional<Throughput> iperf3;
  double limit = 0;  // bytes per second; 0: none is known
};

// What the processors can seal and open at most, each byte once on either side. 0: of plain text.
double limit_of(const Setup& setup) {
  return setup.tls ? measure_cipher() * std::thread::hardware_concurrency() / 2 : 0;
}

// In turns, so that a change of the machine's load meets both; the best of each is the least disturbed.
void measure(Case& c, int turns) {
  for (int i = 0; i < turns; ++i) {
    const Throughput ours = measure_sessions(c.setup);
    if (ours.bytes_per_s > c.ours.bytes_per_s) c.ours = ours;
    if (c.setup.tls) continue;
    const auto peer = measure_iperf3(c.setup);
    if (peer && (!c.iperf3 || peer->bytes_per_s > c.iperf3->bytes_per_s)) c.iperf3 = peer;
  }
}

// "iperf3 2.31 GB/s"
std::string beside(const Case& c) {
  const auto shown = [](double bytes_per_s) { return std::to_string(bytes_per_s / 1e9).substr(0, 4) + " GB/s"; };
  if (c.setup.tls) return "limit " + shown(c.limit);
  return "iperf3 " + (c.iperf3 ? shown(c.iperf3->bytes_per_s) : "-");
}

nlohmann::json to_row(const Case& c) {
  const nlohmann::json peer = c.iperf3 ? nlohmann::json(c.iperf3->bytes_per_s / 1e9) : nlohmann::json();
  std::string note = "processors in use by both sides: ours " + std::to_string(c.ours.cpu_per_wall).substr(0, 4);
  if (c.setup.tls)
    note += "; limit: AES-128-GCM alone on all processors, both sides";
  else
    note += c.iperf3 ? ", iperf3 " + std::to_string(c.iperf3->cpu_per_wall).substr(0, 4) : ", iperf3 is not installed";
  return {{"case", c.name},
          {"metric", "payload"},
          {"unit", "GB/s"},
          {"ours", c.ours.bytes_per_s / 1e9},
          {"peers", {{"iperf3", peer}}},
          {"best_peer", c.iperf3 ? nlohmann::json("iperf3") : nlohmann::json()},
          {"ratio", c.iperf3 ? nlohmann::json(c.ours.bytes_per_s / c.iperf3->bytes_per_s) : nlohmann::json()},
          {"limit", c.limit > 0 ? nlohmann::json(c.limit / 1e9) : nlohmann::json()},
          {"note", note}};
}

int run(int argc, char** argv) {
  CLI::App app("chunks over loopback, beside iperf3");
  bool quick = false, json = false;
  std::vector<unsigned> streams;
  std::uint64_t chunk = MiB(1).value;
  auto congestion = platform::CongestionControl::platform_default;
  app.add_flag("--quick", quick);
  app.add_flag("--json", json);
  app.add_option("--streams", streams)->check(CLI::Range(1, 64));
  app.add_option("--chunk", chunk)->check(CLI::Range(std::uint64_t{4096}, MiB(16).value));
  const std::map<std::string, platform::CongestionControl> known{{"default", congestion},
                                                                 {"bbr", platform::CongestionControl::bbr},
                                                                 {"cubic", platform::CongestionControl::cubic}};
  app.add_option("--congestion", congestion, "of both, default: the host's")->transform(CLI::CheckedTransformer(known));
  CLI11_PARSE(app, argc, argv);
  if (streams.empty()) streams = quick ? std::vector<unsigned>{8} : std::vector<unsigned>{1, 4, 8};

  nlohmann::json rows = nlohmann::json::array();
  std::vector<std::pair<unsigned, bool>> cases;
  for (const bool tls : {false, true})
    for (const unsigned n : streams) cases.emplace_back(n, tls);
  for (const auto& [n, tls] : cases) {
    Case c;
    c.name = std::to_string(n) + " streams, chunks of " + to_string(Bytes(chunk)) + (tls ? ", TLS" : "");
    c.setup.streams = n;
    c.setup.tls = tls;
    c.setup.congestion = congestion;
    c.limit = limit_of(c.setup);
    c.setup.chunk = Bytes(chunk);
    c.setup.time = std::chrono::seconds(quick ? 1 : 4);
    measure(c, quick ? 1 : 3);
    rows.push_back(to_row(c));
    if (!json)
      std::printf("%-38s ours %.2f GB/s, %s  (%s)\n", c.name.c_str(), c.ours.bytes_per_s / 1e9, beside(c).c_str(),
                  rows.back()["note"].get<std::string>().c_str());
    std::fflush(stdout);  // or the next child would print it again
  }
  const nlohmann::json result = {
      {"schema", 1},
      {"bench", "amst/loopback"},
      {"commit", build_commit()},
      {"machine",
       {{"processor", first_value("/proc/cpuinfo", "model name")}, {"cores", std::thread::hardware_concurrency()}}},
      {"load", first_value("/proc/loadavg", "")},
      {"rows", rows}};
  if (json) std::printf("%s\n", result.dump(2).c_str());
  return 0;
}

}  // namespace
}  // namespace dwcp::bench

int main(int argc, char** argv) { return dwcp::bench::run(argc, argv); }
