// bench_peers_transport receive ADDRESS:PORT | send ADDRESS:PORT, each with the same options: one end of one session.
// The receiver prints its port, the sender what arrived in the time, as JSON.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>

#include "bench/amst/loopback/session.hpp"
#include "engine/platform/deadline.hpp"
#include "engine/platform/native/native_platform.hpp"
#include "engine/platform/native/tcp_tuning.hpp"

namespace dwcp::bench {
namespace {

using platform::CongestionControl;
using platform::native::NativePlatform;

constexpr Duration longer_than_the_time = std::chrono::seconds(30);  // for connecting and parting

// As an agent understands its configuration's `session.congestion`.
CongestionControl congestion_named(const std::string& name) {
  const std::map<std::string, CongestionControl> fixed{
      {"default", CongestionControl::platform_default},
      {"bbr", CongestionControl::bbr},
      {"cubic", CongestionControl::cubic},
  };
  const auto found = fixed.find(name);
  return found == fixed.end() ? CongestionControl::by_path : found->second;
}

void receive(const Setup& setup, const platform::Endpoint& at) {
  NativePlatform platform({.process = "receiver"});
  const auto tell = [](std::uint16_t port) {
    std::printf("%u\n", port);
    std::fflush(stdout);
  };
  auto session = receive_session(platform, setup, at, tell);
  platform.run(with_deadline(platform, setup.time + longer_than_the_time, "receiving", std::move(session)));
}

void send(const Setup& setup, const platform::Endpoint& to) {
  NativePlatform platform({.process = "sender"});
  Goodput result;
  auto session = send_session(platform, setup, to, result);
  platform.run(with_deadline(platform, setup.time + longer_than_the_time, "sending", std::move(session)));
  const nlohmann::json line = {{"bytes", result.bytes},
                               {"seconds", result.seconds},
                               {"congestion", result.congestion},
                               {"segments_retransmitted", result.segments_retransmitted}};
  std::printf("%s\n", line.dump().c_str());
}

int run(int argc, char** argv) {
  CLI::App app("one end of one session");
  Setup setup;
  std::string end, address, congestion = "auto";
  std::uint64_t chunk = 0;
  double seconds = 8;
  app.add_option("end", end)->required()->check(CLI::IsMember({"receive", "send"}));
  app.add_option("address", address, "ADDRESS:PORT")->required();
  app.add_option("--streams", setup.streams)->check(CLI::Range(1, 64));
  app.add_option("--congestion", congestion)->check(CLI::IsMember({"auto", "default", "bbr", "cubic"}));
  app.add_option("--chunk", chunk, "bytes; 0: what the session suggests")
      ->check(CLI::Range(std::uint64_t{0}, MiB(4).value));
  app.add_option("--time", seconds, "of sending, in seconds")->check(CLI::Range(0.1, 600.0));
  app.add_flag("--tls", setup.tls);
  CLI11_PARSE(app, argc, argv);
  setup.chunk = Bytes(chunk);
  setup.congestion = congestion_named(congestion);
  setup.time = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
  const auto endpoint = platform::parse_endpoint(address);
  if (!endpoint) throw Error(endpoint.error());
  end == "receive" ? receive(setup, *endpoint) : send(setup, *endpoint);
  return 0;
}

}  // namespace
}  // namespace dwcp::bench

int main(int argc, char** argv) {
  try {
    return dwcp::bench::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_peers_transport: %s\n", error.what());
    return 1;
  }
}
