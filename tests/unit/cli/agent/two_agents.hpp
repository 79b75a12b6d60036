// Two nodes as in tests/unit/engine/node, the first of which serves the control socket.
#pragma once

#include "cli/agent/process.hpp"
#include "tests/unit/cli/transfer/process.hpp"
#include "tests/unit/engine/node/two_nodes.hpp"

namespace dwcp::cli {

class TwoAgents : public node::test::TwoNodes {
 protected:
  TwoAgents() {
    a_.life = [this](node::Node& node) -> Task<void> {
      ControlServer server(node, socket(), "");
      co_await serve_node(node, server);
    };
  }
  std::filesystem::path socket() const { return folder_.path() / "control.sock"; }

  // dwcp COMMAND... --socket PATH
  std::unique_ptr<Process> program(const std::string& name, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), DWCP_PROGRAM);
    arguments.insert(arguments.end(), {"--socket", socket().string()});
    return std::make_unique<Process>(folder_.path(), name, arguments);
  }

  platform::native::TemporaryFolder folder_;
};

}  // namespace dwcp::cli
