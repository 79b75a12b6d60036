// bench_sim_fidelity [--quick] [--json] [--seeds N] [--only TEXT]: see README.md.
#include <sys/utsname.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "bench/sim/fidelity/world.hpp"
#include "engine/base/build_info.hpp"
#include "sim/isolate.hpp"

namespace dwcp::bench {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using platform::CongestionControl;

constexpr double limit = 0.10;  // of the packets' total time
constexpr unsigned wanted = 12;
constexpr Duration wall_limit = 20min;
constexpr auto cubic = CongestionControl::cubic, bbr = CongestionControl::bbr;
constexpr BitRate megabit(1'000'000), gigabit(1'000'000'000);

const FidelityWorld worlds[] = {
    {"LAN 10 Gbit/s, 0.1 ms, CUBIC", gigabit * 10, 100us, 0, cubic, GiB(2)},
    {"LAN 10 Gbit/s, 0.1 ms, BBR", gigabit * 10, 100us, 0, bbr, GiB(2)},
    {"LAN 10 Gbit/s, 0.1 ms, 4 × CUBIC", gigabit * 10, 100us, 0, cubic, GiB(2), 4},
    {"metro 1 Gbit/s, 5 ms, CUBIC", gigabit, 5ms, 0, cubic, GiB(1)},
    {"metro 1 Gbit/s, 5 ms, 0.1 % loss, BBR", gigabit, 5ms, 0.001, bbr, GiB(1)},
    {"WAN 1 Gbit/s, 50 ms, CUBIC", gigabit, 50ms, 0, cubic, GiB(1)},
    {"WAN 1 Gbit/s, 100 ms, BBR", gigabit, 100ms, 0, bbr, GiB(1)},
    {"WAN 1 Gbit/s, 100 ms, 1 % loss, 8 × BBR", gigabit, 100ms, 0.01, bbr, GiB(1), 8},
    {"WAN 1 Gbit/s, 100 ms, 1 % loss, 8 × CUBIC", gigabit, 100ms, 0.01, cubic, MiB(128), 8},
    {"WAN 1 Gbit/s, 100 ms, 0.1 % loss, CUBIC", gigabit, 100ms, 0.001, cubic, MiB(192)},
    {"WAN 1 Gbit/s, 100 ms, CUBIC, 4 MiB", gigabit, 100ms, 0, cubic, MiB(4)},
    {"WAN 100 Mbit/s, 40 ms, 0.1 % loss, CUBIC", megabit * 100, 40ms, 0.001, cubic, MiB(256)},
    {"WAN 100 Mbit/s, 40 ms, 1 % loss, BBR", megabit * 100, 40ms, 0.01, bbr, MiB(256)},
    {"WAN 200 Mbit/s, 30 ms, MTU 1500, CUBIC", megabit * 200, 30ms, 0, cubic, MiB(512), 1, 1,
     CongestionControl::platform_default, Bytes(1500)},
    {"shared 500 Mbit/s, 20 and 30 ms, CUBIC", megabit * 500, 20ms, 0, cubic, GiB(1), 1, 2},
    {"shared 500 Mbit/s, 40 to 100 ms, 4 × BBR", megabit * 500, 40ms, 0, bbr, GiB(1), 1, 4},
    {"shared 200 Mbit/s, 40 and 60 ms, CUBIC beside BBR", megabit * 200, 40ms, 0, cubic, MiB(512), 1, 2, bbr},
    {"satellite 50 Mbit/s, 600 ms, CUBIC", megabit * 50, 600ms, 0, cubic, MiB(256)},
    {"satellite 50 Mbit/s, 600 ms, BBR", megabit * 50, 600ms, 0, bbr, MiB(256)},
    {"satellite 50 Mbit/s, 600 ms, 0.5 % loss, BBR", megabit * 50, 600ms, 0.005, bbr, MiB(256)},
};

// A child process's result crosses as bytes.
FidelityCost isolated(const FidelityWorld& world, sim::Fidelity fidelity, std::uint64_t seed) {
  const auto result = sim::run_isolated(
      [&] {
        const FidelityCost cost = run_world(world, fidelity, seed);
        ByteVector bytes(sizeof cost);
        std::memcpy(bytes.data(), &cost, sizeof cost);
        return bytes;
      },
      wall_limit);
  if (result.end != sim::IsolatedResult::End::returned)
    throw Error(Errc::internal, std::string(world.name) + ": " + result.detail);
  FidelityCost cost;
  std::memcpy(&cost, result.bytes.data(), sizeof cost);
  return cost;
}

// The mean of several seeds: what is lost where decides much of a single run.
FidelityCost mean(const FidelityWorld& world, sim::Fidelity fidelity, unsigned seeds) {
  FidelityCost sum;
  for (unsigned seed = 1; seed <= seeds; ++seed) {
    const FidelityCost one = isolated(world, fidelity, seed);
    sum.virtual_seconds += one.virtual_seconds / seeds;
    sum.cpu_seconds += one.cpu_seconds / seeds;
    sum.events += one.events / seeds;
  }
  return sum;
}

double per_mib(std::uint64_t events, Bytes size) {
  return static_cast<double>(events) * 1024 * 1024 / static_cast<double>(size.value);
}

json compare(const FidelityWorld& world, unsigned seeds, bool print) {
  const unsigned of = world.loss > 0 ? seeds : 1;
  const FidelityCost packet = mean(world, sim::Fidelity::packet, of), flow = mean(world, sim::Fidelity::flow, of);
  const double difference = flow.virtual_seconds / packet.virtual_seconds - 1;
  const double speed_up = packet.cpu_seconds / std::max(flow.cpu_seconds, 1e-6);
  if (print) {
    std::printf("%-50s %9.3f %9.3f %+7.1f %8.2f %8.2f %7.1f %7.0f %6.0f\n", world.name, packet.virtual_seconds,
                flow.virtual_seconds, difference * 100, packet.cpu_seconds, flow.cpu_seconds, speed_up,
                per_mib(packet.events, world.size), per_mib(flow.events, world.size));
    std::fflush(stdout);
  }
  return {{"case", world.name},
          {"metric", "total time"},
          {"unit", "s"},
          {"packet", packet.virtual_seconds},
          {"flow", flow.virtual_seconds},
          {"difference", difference},
          {"packet_cpu_s", packet.cpu_seconds},
          {"flow_cpu_s", flow.cpu_seconds},
          {"speed_up", speed_up},
          {"packet_events_per_mib", per_mib(packet.events, world.size)},
          {"flow_events_per_mib", per_mib(flow.events, world.size)},
          {"runs", of}};
}

std::string machine() {
  utsname u{};
  ::uname(&u);
  return std::string(u.sysname) + " " + u.release + " " + u.machine + ", " +
         std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) + " processors";
}

int run(int argc, char** argv) {
  bool quick = false, as_json = false;
  unsigned seeds = 5;
  std::string only;
  CLI::App app{"The same transfers simulated packet by packet and as fluid flows"};
  app.add_flag("--quick", quick, "an eighth of the bytes, one seed");
  app.add_flag("--json", as_json, "one JSON object on standard output and nothing else");
  app.add_option("--seeds", seeds, "runs of a world with loss, of which the mean counts")->check(CLI::Range(1, 100));
  app.add_option("--only", only, "the worlds whose name has this in it");
  CLI11_PARSE(app, argc, argv);
  if (quick) seeds = 1;
  double average[1] = {-1};
  ::getloadavg(average, 1);
  if (!as_json)
    std::printf("%-50s %9s %9s %7s %8s %8s %7s %7s %6s\n", "", "packet s", "flow s", "diff %", "cpu s", "cpu s",
                "speed", "ev/MiB", "ev/MiB");
  json rows = json::array();
  unsigned close = 0;
  for (FidelityWorld world : worlds) {
    if (std::string(world.name).find(only) == std::string::npos) continue;
    if (quick) world.size = std::max(world.size / 8, MiB(4));
    rows.push_back(compare(world, seeds, !as_json));
    if (std::abs(rows.back()["difference"].get<double>()) <= limit) ++close;
  }
  if (as_json)
    std::printf("%s\n", json{{"schema", 1},
                             {"bench", "sim/fidelity"},
                             {"commit", build_commit()},
                             {"machine", machine()},
                             {"load", average[0]},
                             {"within_limit", close},
                             {"rows", rows}}
                            .dump(2)
                            .c_str());
  else
    std::printf("%u of %zu within %.0f %%\n", close, rows.size(), limit * 100);
  return close >= std::min<std::size_t>(wanted, rows.size()) ? 0 : 99;
}

}  // namespace
}  // namespace dwcp::bench

int main(int argc, char** argv) {
  try {
    return dwcp::bench::run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "sim/fidelity: %s\n", e.what());
    return 1;
  }
}
