// dwcp cancel: calls a migration off, and waits until the VM runs on here.
#include <iostream>
#include <memory>

#include "cli/agent/control_client.hpp"
#include "cli/agent/view.hpp"
#include "cli/command.hpp"

namespace dwcp::cli {
namespace {

struct CancelCommand {
  std::string vm, socket = default_control_socket;
  bool json = false;
};

ExitCode cancel(const CancelCommand& o) {
  ControlClient client(o.socket);
  client.ask({{"do", "cancel"}, {"vm", o.vm}});
  client.ask({{"do", "follow"}, {"vm", o.vm}});
  OrderedJson event;
  do event = client.next_event();
  while (event.value("event", std::string()) != "ended");
  const OrderedJson report = event.value("job", OrderedJson::object()).value("report", OrderedJson::object());
  const reports::MigrationResult result = migration_result(report);
  if (o.json) std::cout << report.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) << std::endl;
  // It may have been decided, or have failed by itself, before it was looked at again.
  const bool runs_here = result.outcome == "cancelled" || result.outcome == "rolled_back";
  if (!o.json && runs_here) std::cout << o.vm << " runs on here" << std::endl;
  if (!o.json && !runs_here) std::cout << o.vm << ": too late, the migration ended as " << result.outcome << std::endl;
  return runs_here ? ExitCode::passed : ExitCode::failed;
}

}  // namespace

Run setup_cancel(CLI::App& app) {
  auto options = std::make_shared<CancelCommand>();
  app.add_option("VM", options->vm, "whose migration")->required();
  app.add_flag("--json", options->json, "print the migration's result, and nothing else");
  app.add_option("--socket", options->socket, "of the agent")->capture_default_str();
  return [options] { return cancel(*options); };
}

}  // namespace dwcp::cli
