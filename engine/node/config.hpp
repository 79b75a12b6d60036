// What a node is configured with. Files, sockets and hypervisors are configured where they are (cli/agent).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/migration/agent.hpp"

namespace dwcp::node {

struct NodeConfig {
  migration::AgentConfig agent;
  // All paths to the agent of each peer, by the peer's name.
  std::map<std::string, std::vector<platform::Endpoint>> peers;
  unsigned outgoing_max = 4;  // migrations out of here that run at once, >= 1; more wait their turn
  migration::Policy policy;   // of migrations whose order says nothing else
  std::string version;        // of the program, for status
};

}  // namespace dwcp::node
