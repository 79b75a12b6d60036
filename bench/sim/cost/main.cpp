// bench_sim_cost [--quick] [--json] [--repeat N]: see README.md.
#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "bench/sim/cost/cases.hpp"
#include "engine/base/build_info.hpp"
#include "sim/isolate.hpp"

namespace dwcp::bench {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr double limit = 1.5;  // ours may cost this many times plain ns-3
constexpr Duration wall_limit = 10min;
constexpr BitRate gigabit(1'000'000'000);

// A child process's result crosses as bytes.
Cost isolated(Cost (*way)(const Transfer&), const Transfer& t) {
  const auto result = sim::run_isolated(
      [&] {
        const Cost cost = way(t);
        ByteVector bytes(sizeof cost);
        std::memcpy(bytes.data(), &cost, sizeof cost);
        return bytes;
      },
      wall_limit);
  if (result.end != sim::IsolatedResult::End::returned)
    throw Error(Errc::internal, std::string(t.name) + ": " + result.detail);
  Cost cost;
  std::memcpy(&cost, result.bytes.data(), sizeof cost);
  return cost;
}

json row(const Transfer& t, Cost (*way)(const Transfer&), unsigned repeat, bool print) {
  Cost ours = isolated(way, t);
  Transfer same_bytes = t;
  same_bytes.size =
      std::max(ours.wire, t.size);  // a migration's: the memory, or what it took on the wire if that is more
  Cost plain = isolated(run_plain_ns3, same_bytes);
  for (unsigned i = 1; i < repeat; ++i) {  // alternating, so that a busy machine disturbs both alike
    plain.cpu_seconds = std::min(plain.cpu_seconds, isolated(run_plain_ns3, same_bytes).cpu_seconds);
    ours.cpu_seconds = std::min(ours.cpu_seconds, isolated(way, t).cpu_seconds);
  }
  const double ratio = plain.cpu_seconds / ours.cpu_seconds;
  char note[160];
  std::snprintf(note, sizeof note,
                "%s on the wire; ours %.2f virtual s, %.0f k events; plain %.2f virtual s, %.0f k events",
                to_string(ours.wire).c_str(), ours.virtual_seconds, static_cast<double>(ours.events) / 1e3,
                plain.virtual_seconds, static_cast<double>(plain.events) / 1e3);
  if (print) {
    std::printf("%-36s %8.2f %8.2f %7.2f  %s\n", t.name, ours.cpu_seconds, plain.cpu_seconds, ratio, note);
    std::fflush(stdout);
  }
  return {{"case", t.name},
          {"metric", "cpu"},
          {"unit", "s"},
          {"ours", ours.cpu_seconds},
          {"peers", {{"ns-3 BulkSend", plain.cpu_seconds}}},
          {"best_peer", "ns-3 BulkSend"},
          {"ratio", ratio},
          {"limit", "at least 1/1.5"},
          {"note", note}};
}

std::string machine() {
  utsname u{};
  ::uname(&u);
  return std::string(u.sysname) + " " + u.release + " " + u.machine + ", " +
         std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) + " processors";
}

int run(int argc, char** argv) {
  bool quick = false, as_json = false;
  unsigned repeat = 3;
  CLI::App app{"Processor time of a simulated transfer: the Platform port beside plain ns-3"};
  app.add_flag("--quick", quick, "an eighth of the bytes, one repetition");
  app.add_flag("--json", as_json, "one JSON object on standard output and nothing else");
  app.add_option("--repeat", repeat, "repetitions of each, of which the least counts")->check(CLI::Range(1, 100));
  CLI11_PARSE(app, argc, argv);
  if (quick) repeat = 1;
  const Bytes size = quick ? MiB(128) : GiB(1);
  const Transfer transfers[] = {
      {"1 Gbit/s, 50 ms RTT, MTU 9000", gigabit, 50ms, Bytes(9000), size},
      {"10 Gbit/s, 1 ms RTT, MTU 9000", gigabit * 10, 1ms, Bytes(9000), size},
      {"10 Gbit/s, 20 ms RTT, MTU 9000", gigabit * 10, 20ms, Bytes(9000), size},
      {"1 Gbit/s, 50 ms RTT, MTU 60052", gigabit, 50ms, Bytes(60052), size},
  };
  double average[1] = {-1};
  ::getloadavg(average, 1);
  if (!as_json) std::printf("%-36s %8s %8s %7s\n", "processor seconds", "ours", "plain", "ratio");
  json rows = json::array();
  bool within = true;
  for (const Transfer& t : transfers) {
    rows.push_back(row(t, run_stream, repeat, !as_json));
    within = within && rows.back()["ratio"].get<double>() >= 1 / limit;
  }
  const Transfer migrations[] = {
      {"migration, random memory, 1 Gbit/s", gigabit, 50ms, Bytes(9000), size, true},
      {"migration, usual memory, 1 Gbit/s", gigabit, 50ms, Bytes(9000), size, false},
  };
  for (const Transfer& t : migrations) {
    rows.push_back(row(t, run_migration, repeat, !as_json));
    within = within && rows.back()["ratio"].get<double>() >= 1 / limit;
  }
  if (as_json)
    std::printf("%s\n", json{{"schema", 1},
                             {"bench", "sim/cost"},
                             {"commit", build_commit()},
                             {"machine", machine()},
                             {"load", average[0]},
                             {"rows", rows}}
                            .dump(2)
                            .c_str());
  return within ? 0 : 99;
}

}  // namespace
}  // namespace dwcp::bench

int main(int argc, char** argv) {
  try {
    return dwcp::bench::run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "sim/cost: %s\n", e.what());
    return 1;
  }
}
