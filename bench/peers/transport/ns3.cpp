// bench_peers_transport_ns3 bbr|cubic: N bulk flows of plain ns-3, its own sockets and congestion control, over the
// simulation of the emulated link. Prints what arrived in the time, as JSON. Virtual time; deterministic for its seed.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tests/unit/sim/tcp/bulk_world.hpp"

namespace dwcp::bench {
namespace {

int run(int argc, char** argv) {
  CLI::App app("bulk flows of plain ns-3 over one simulated link");
  sim::BulkSetup setup;
  setup.plain_ns3 = true;
  std::string congestion;
  double seconds = 8, rtt_ms = 50;
  app.add_option("congestion", congestion)->required()->check(CLI::IsMember({"bbr", "cubic"}));
  app.add_option("--rate", setup.rate.value, "bits per second, of IP packets and 2 bytes of framing each");
  app.add_option("--rtt", rtt_ms, "ms")->check(CLI::Range(0.0, 10000.0));
  app.add_option("--loss", setup.loss, "of each packet")->check(CLI::Range(0.0, 1.0));
  app.add_option("--streams", setup.flows)->check(CLI::Range(1, 64));
  app.add_option("--time", seconds, "of sending, in virtual seconds")->check(CLI::Range(0.1, 600.0));
  app.add_option("--seed", setup.seed);
  CLI11_PARSE(app, argc, argv);
  setup.rtt = std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(rtt_ms));
  setup.duration = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  setup.congestion = congestion == "bbr" ? platform::CongestionControl::bbr : platform::CongestionControl::cubic;
  const sim::BulkResult result = sim::run_bulk(setup);
  std::uint64_t bytes = 0;
  for (const Bytes& flow : result.delivered) bytes += flow.value;
  const nlohmann::json line = {{"bytes", bytes}, {"seconds", to_seconds(result.virtual_time)}};
  std::printf("%s\n", line.dump().c_str());
  return 0;
}

}  // namespace
}  // namespace dwcp::bench

int main(int argc, char** argv) { return dwcp::bench::run(argc, argv); }
