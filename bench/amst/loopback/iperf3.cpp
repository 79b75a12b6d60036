#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "bench/amst/loopback/measure.hpp"

namespace dwcp::bench {
namespace {

constexpr int port = 15201;

std::string output_of(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return text;
  std::array<char, 4096> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), n);
  ::pclose(pipe);
  return text;
}

std::string congestion_option(platform::CongestionControl congestion) {
  const bool named = congestion == platform::CongestionControl::bbr || congestion == platform::CongestionControl::cubic;
  return named ? " -C " + std::string(platform::name_of(congestion)) : "";
}

}  // namespace

std::optional<Throughput> measure_iperf3(const Setup& setup) {
  const std::string at = " -p " + std::to_string(port);
  const pid_t server = ::fork();
  if (server == 0) {
    if (!std::freopen("/dev/null", "w", stdout) || !std::freopen("/dev/null", "w", stderr)) std::_Exit(127);
    ::execlp("iperf3", "iperf3", "-s", "-1", "-B", "127.0.0.1", "-p", std::to_string(port).c_str(), nullptr);
    std::_Exit(127);
  }
  if (server < 0) return std::nullopt;
  const std::string client = "iperf3 -c 127.0.0.1 -J" + at + " -P " + std::to_string(setup.streams) + " -t " +
                             std::to_string(std::max(1L, static_cast<long>(to_seconds(setup.time)))) +
                             congestion_option(setup.congestion) + " 2>/dev/null";
  std::optional<Throughput> result;
  for (int attempt = 0; attempt < 20 && !result; ++attempt) {
    if (::waitpid(server, nullptr, WNOHANG) == server) return std::nullopt;  // not installed, or the port is taken
    ::usleep(100'000);
    const auto json = nlohmann::json::parse(output_of(client), nullptr, false);
    if (json.is_discarded() || !json.contains("end") || !json["end"].contains("sum_received")) continue;
    const auto& end = json["end"];
    Throughput t;
    t.bytes_per_s = end["sum_received"]["bits_per_second"].get<double>() / 8;
    const auto& cpu = end["cpu_utilization_percent"];
    t.cpu_per_wall = (cpu["host_total"].get<double>() + cpu["remote_total"].get<double>()) / 100;
    result = t;
  }
  ::kill(server, SIGTERM);
  ::waitpid(server, nullptr, 0);
  return result;
}

}  // namespace dwcp::bench
