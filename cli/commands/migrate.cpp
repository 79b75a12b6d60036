// dwcp migrate: asks this host's agent to move a VM.
#include <iostream>
#include <memory>

#include "cli/agent/follow.hpp"
#include "cli/command.hpp"
#include "cli/transfer/addresses.hpp"

namespace dwcp::cli {
namespace {

struct MigrateCommand {
  std::string vm, to, socket = default_control_socket, max_downtime, timeout, on_timeout;
  bool post_copy = false, copy_storage = false, detach = false, json = false, quiet = false;
  std::optional<unsigned> throttle_max;
};

// The agent takes names of its peers and addresses; other names are looked up here.
std::string destination(const std::string& to) {
  if (to.find(':') == std::string::npos) return to;
  return to_string(first_that_answers(resolve(to).value()));
}

OrderedJson request_of(const MigrateCommand& o) {
  OrderedJson request{{"do", "migrate"}, {"vm", o.vm}, {"to", destination(o.to)}, {"follow", !o.detach}};
  if (o.post_copy) request["post_copy"] = true;
  if (o.copy_storage) request["copy_storage"] = true;
  if (!o.max_downtime.empty()) request["downtime_max_s"] = to_seconds(parse_duration(o.max_downtime).value());
  if (!o.timeout.empty()) request["timeout_s"] = to_seconds(parse_duration(o.timeout).value());
  if (!o.on_timeout.empty()) request["on_timeout"] = o.on_timeout;
  if (o.throttle_max) request["throttle_max_percent"] = *o.throttle_max;
  return request;
}

ExitCode migrate(const MigrateCommand& o) {
  if (o.on_timeout == "post-copy" && !o.post_copy)
    throw Error(Errc::bad_value, "--on-timeout post-copy needs --post-copy: a guest is set up for it before it moves");
  OrderedJson request = request_of(o);
  std::optional<ControlClient> client;
  OrderedJson job;
  try {
    client.emplace(o.socket);
    job = client->ask(std::move(request)).value("job", OrderedJson::object());
  } catch (const Error& error) {
    if (o.json) print_refusal(o.vm, o.to, Failure(error.code(), error.detail()));
    throw;
  }
  if (!o.detach) return follow_to_the_end(*client, std::move(job), {o.json, o.quiet});
  if (o.json)
    std::cout << job.dump() << std::endl;
  else
    std::cout << o.vm << " is on its way to " << o.to << "; dwcp status " << o.vm << " --watch follows it, dwcp cancel "
              << o.vm << " calls it off" << std::endl;
  return ExitCode::passed;
}

}  // namespace

Run setup_migrate(CLI::App& app) {
  auto options = std::make_shared<MigrateCommand>();
  app.add_option("VM", options->vm, "a running VM of this host")->required();
  app.add_option("--to", options->to, "a peer of the agent's configuration, or ADDRESS:PORT")->required();
  app.add_flag("--post-copy", options->post_copy, "run it there first, and let it fetch its memory");
  app.add_flag("--copy-storage", options->copy_storage, "disks that the hosts do not share travel with it");
  app.add_option("--max-downtime", options->max_downtime, "such as 300ms; the configuration's when left out");
  app.add_option("--timeout", options->timeout, "such as 10min; the configuration's when left out");
  app.add_option("--on-timeout", options->on_timeout, "cancel, post-copy, or pause: stop it, and move it so")
      ->check(CLI::IsMember({"cancel", "post-copy", "pause"}));
  app.add_option("--throttle-max", options->throttle_max, "percent of processor time that it may lose")
      ->check(CLI::Range(0, 99));
  app.add_flag("--detach", options->detach, "end when it has begun");
  app.add_flag("--json", options->json, "print one object with the result, and nothing else");
  app.add_flag("--quiet", options->quiet, "no progress");
  app.add_option("--socket", options->socket, "of the agent")->capture_default_str();
  return [options] { return migrate(*options); };
}

}  // namespace dwcp::cli
