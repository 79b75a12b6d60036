#include "cli/agent/follow.hpp"

#include <unistd.h>

#include <iostream>

#include "cli/agent/view.hpp"
#include "reports/terminal.hpp"

namespace dwcp::cli {
namespace {

constexpr int result_schema = 1;  // of the object that --json prints

void print_object(const OrderedJson& report) {
  OrderedJson object{{"schema", result_schema}};
  object.update(report);
  std::cout << object.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) << std::endl;
}

ExitCode exit_code_for(const std::string& outcome) {
  if (outcome == "completed") return ExitCode::passed;
  return outcome == "cancelled" ? ExitCode::aborted : ExitCode::failed;
}

ExitCode tell_end(const OrderedJson& job, const FollowOptions& options) {
  const OrderedJson report = job.value("report", OrderedJson::object());
  const reports::MigrationResult result = migration_result(report);
  if (options.json)
    print_object(report);
  else
    std::cout << reports::render_migration(result, reports::style_of(STDOUT_FILENO)) << std::flush;
  if (result.outcome != "completed" && !options.json && !result.reason.empty())
    std::cerr << "dwcp: " << result.reason << std::endl;
  return exit_code_for(result.outcome);
}

}  // namespace

ExitCode follow_to_the_end(ControlClient& client, OrderedJson job, const FollowOptions& options) {
  MigrationProgress progress(options.quiet || options.json);
  const std::string vm = job.value("vm", std::string());
  const auto id = job.value("id", OrderedJson());
  try {
    progress.show(job);
    for (;;) {
      OrderedJson event = client.next_event();
      const OrderedJson told = event.value("job", OrderedJson::object());
      if (told.value("id", OrderedJson()) != id) continue;
      if (event.value("event", std::string()) == "ended") {
        progress.clear();
        return tell_end(told, options);
      }
      progress.show(told);
    }
  } catch (const Error& error) {
    progress.clear();
    if (error.code() == make_error_code(Errc::cancelled)) {
      std::cerr << "dwcp: the migration of " << vm << " goes on; dwcp status " << vm
                << " --watch follows it, dwcp cancel " << vm << " calls it off" << std::endl;
      return ExitCode::aborted;
    }
    if (error.code() == make_error_code(Errc::session_closed))
      throw Error(Errc::session_closed,
                  "the agent went away; when it is back, it finishes or rolls back what it finds: "
                  "dwcp status " +
                      vm);
    throw;
  }
}

void print_refusal(const std::string& vm, const std::string& to, const Failure& failure) {
  print_object({{"vm", vm}, {"to", to}, {"outcome", "failed"}, {"reason", failure.message()}});
}

}  // namespace dwcp::cli
