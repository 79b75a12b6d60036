// What a scenario's `engine`, `mode` and policies mean as the engine's configuration.
#pragma once

#include "engine/migration/agent.hpp"
#include "scenarios/format/scenario.hpp"

namespace dwcp::scenarios {

constexpr std::uint16_t agent_port = 4700;
inline const std::string scenario_cluster = "scenario";

// The mode in force: the scenario's own, or by its links when it is `auto`.
Mode effective_mode(const Scenario& scenario);

// Throws Error(bad_scenario) naming the key when the engine would refuse the configuration.
migration::AgentConfig agent_config(const Scenario& scenario, const std::string& host,
                                    std::vector<platform::Endpoint> listen);
migration::Policy policy_of(const MigrationPolicy& policy);

// What a link carries as TCP payload: its rate without IP and TCP headers (with timestamps) of full segments.
BitRate tcp_payload_rate(BitRate link, Bytes mtu);
// The same for all paths between two hosts together.
BitRate path_capacity(const Topology& topology, const std::string& a, const std::string& b);

}  // namespace dwcp::scenarios
