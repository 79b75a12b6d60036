#include "scenarios/runner/engine_config.hpp"

#include <algorithm>

#include "scenarios/format/paths.hpp"

namespace dwcp::scenarios {
namespace {

constexpr Bytes headers{52};  // IPv4 20, TCP 20, timestamps 12
constexpr unsigned streams_datacenter = 4, streams_elsewhere = 8;
constexpr Bytes window_least = MiB(64), window_most = MiB(512);

// Twice the bandwidth-delay product of all links of a host together, to the host that is farthest from it: what is lost
// is repeated within the window.
Bytes window_for(const Topology& topology, const std::string& host) {
  BitRate rate{0};
  for (const Link& link : topology.links)
    if (link.between.front() == host || link.between.back() == host) rate += link.rate;
  return std::clamp(bytes_in(4 * farthest_from(topology, host), rate), window_least, window_most);
}

platform::CongestionControl congestion_of(Congestion congestion) {
  switch (congestion) {
    case Congestion::bbr:
      return platform::CongestionControl::bbr;
    case Congestion::cubic:
      return platform::CongestionControl::cubic;
    case Congestion::platform_default:
      break;
  }
  return platform::CongestionControl::platform_default;
}

}  // namespace

Mode effective_mode(const Scenario& scenario) {
  if (scenario.mode != Mode::automatic) return scenario.mode;
  bool near = true, far = true;
  for (const Link& link : scenario.topology.links) {
    const bool datacenter = 2 * link.delay < std::chrono::milliseconds(10) && link.rate >= BitRate(1'000'000'000);
    const bool internet = 2 * link.delay > std::chrono::milliseconds(50) || link.rate < BitRate(1'000'000'000);
    near = near && datacenter;
    far = far && internet;
  }
  return near ? Mode::datacenter : far ? Mode::internet : Mode::hybrid;
}

migration::AgentConfig agent_config(const Scenario& scenario, const std::string& host,
                                    std::vector<platform::Endpoint> listen) {
  const bool datacenter = effective_mode(scenario) == Mode::datacenter;
  migration::AgentConfig config;
  config.node = NodeId(host);
  config.cluster = scenario_cluster;
  config.listen = std::move(listen);
  amst::SessionConfig& session = config.session;
  session.streams = scenario.engine.streams.value_or(datacenter ? streams_datacenter : streams_elsewhere);
  session.streams_min = scenario.engine.streams_min.value_or(0);
  session.congestion =
      congestion_of(scenario.engine.congestion.value_or(datacenter ? Congestion::cubic : Congestion::bbr));
  session.rdma = scenario.engine.rdma;
  if (scenario.engine.rate_limit) session.rate_limit = *scenario.engine.rate_limit;
  static_assert(engine_chunk_least == migration::chunk_least);
  if (scenario.engine.chunk) session.chunk_max = *scenario.engine.chunk;
  session.send_window = session.receive_window =
      scenario.engine.window ? *scenario.engine.window : window_for(scenario.topology, host);
  if (scenario.engine.resume_timeout) session.resume_timeout = *scenario.engine.resume_timeout;
  config.encoding = {.delta_cache = scenario.engine.delta_cache,
                     .match_window = scenario.engine.match_window,
                     .compress = scenario.engine.compress};
  if (const Failure wrong = amst::check(session); wrong.code)
    throw Error(Errc::bad_scenario, "engine: " + wrong.detail);
  return config;
}

migration::Policy policy_of(const MigrationPolicy& policy) {
  return {.downtime_max = policy.downtime,
          .throttle_max = policy.throttle_max,
          .rounds_max = policy.rounds_max,
          .when_not_converging = policy.not_converging == NotConverging::cancel
                                     ? migration::WhenNotConverging::cancel
                                     : migration::WhenNotConverging::stop_guest,
          .switchover_timeout = policy.switchover_timeout};
}

BitRate tcp_payload_rate(BitRate link, Bytes mtu) {
  const double share = static_cast<double>(mtu.value - headers.value) / static_cast<double>(mtu.value);
  return BitRate(static_cast<std::uint64_t>(static_cast<double>(link.value) * share));
}

BitRate path_capacity(const Topology& topology, const std::string& a, const std::string& b) {
  return tcp_payload_rate(rate_between(topology, a, b), topology.mtu);
}

}  // namespace dwcp::scenarios
