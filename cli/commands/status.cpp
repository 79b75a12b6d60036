// dwcp status: what this host's agent has, does, and waits for.
#include <unistd.h>

#include <iostream>
#include <memory>

#include "cli/agent/control_client.hpp"
#include "cli/agent/view.hpp"
#include "cli/command.hpp"

namespace dwcp::cli {
namespace {

constexpr Duration watch_interval = std::chrono::seconds(1);

struct StatusCommand {
  std::string vm, socket = default_control_socket;
  bool json = false, watch = false;
};

OrderedJson ask(ControlClient& client, const std::string& vm) {
  OrderedJson request{{"do", "status"}};
  if (!vm.empty()) request["vm"] = vm;
  return client.ask(std::move(request)).value("status", OrderedJson::object());
}

void print(const StatusCommand& o, const OrderedJson& status) {
  if (o.json) {
    std::cout << status.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) << std::endl;
    return;
  }
  if (o.watch && reports::is_terminal(STDOUT_FILENO)) std::cout << "\x1b[H\x1b[2J";
  std::cout << render_status(status, reports::style_of(STDOUT_FILENO)) << std::flush;
}

ExitCode show_status(const StatusCommand& o) {
  ControlClient client(o.socket);
  print(o, ask(client, o.vm));
  while (o.watch && client.sleep(watch_interval)) {
    try {
      print(o, ask(client, o.vm));
    } catch (const Error& error) {
      if (error.code() == make_error_code(Errc::cancelled)) break;
      throw;
    }
  }
  return ExitCode::passed;
}

}  // namespace

Run setup_status(CLI::App& app) {
  auto options = std::make_shared<StatusCommand>();
  app.add_option("VM", options->vm, "only this one");
  app.add_flag("--json", options->json, "print one object on a line");
  app.add_flag("--watch", options->watch, "again every second, until Ctrl-C");
  app.add_option("--socket", options->socket, "of the agent")->capture_default_str();
  return [options] { return show_status(*options); };
}

}  // namespace dwcp::cli
