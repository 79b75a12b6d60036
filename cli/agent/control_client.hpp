// How a command reaches the agent of its host: one JSON object a line over a UNIX socket.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "engine/base/error.hpp"
#include "engine/base/units.hpp"
#include "engine/node/line_splitter.hpp"

namespace dwcp::cli {

using OrderedJson = nlohmann::ordered_json;

constexpr const char* default_control_socket = "/run/dwcp/control.sock";
constexpr std::size_t answer_size_max = 8 * 1024 * 1024;  // bytes of a line

// While it lives, SIGINT and SIGTERM are read from a descriptor instead of ending the process.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  int descriptor() const { return descriptor_; }
  // Takes what came; false when nothing did.
  bool take();

 private:
  int descriptor_ = -1;
};

class ControlClient {
 public:
  // Throws Error(unreachable) saying what to do when no agent answers at `path`.
  explicit ControlClient(const std::filesystem::path& path);
  ~ControlClient();
  ControlClient(const ControlClient&) = delete;
  ControlClient& operator=(const ControlClient&) = delete;

  // The answer's object. Throws Error: what the agent refused with, in its words; cancelled when interrupted;
  // session_closed when the agent went away.
  OrderedJson ask(OrderedJson request);

  // The next event of what is followed. Throws as ask().
  OrderedJson next_event();
  // False when it was interrupted.
  bool sleep(Duration time);

 private:
  void send(const std::string& line);
  OrderedJson receive();

  Interrupts interrupts_;
  int descriptor_ = -1;
  node::LineSplitter lines_{answer_size_max};
  std::uint64_t last_id_ = 0;
};

}  // namespace dwcp::cli
