// The control protocol on a UNIX socket.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine/node/node.hpp"

namespace dwcp::cli {

class ControlServer {
 public:
  static constexpr std::size_t clients_max = 64;  // at once; more are told so and closed

  // Listens, with mode 0660, for members of `group` (empty: the process's own). Throws Error, as claim_socket_path(),
  // and bad_configuration for an unknown group. The node outlives the server; the platform is a native one.
  ControlServer(node::Node& node, std::filesystem::path path, const std::string& group);
  // Removes the socket.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // Until cancelled.
  Task<void> serve();
  // Returns when every client has been told what there is to tell, or after `limit`.
  Task<void> flush(Duration limit);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace dwcp::cli
