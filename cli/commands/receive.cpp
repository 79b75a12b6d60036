// dwcp receive: takes the files of dwcp send.
#include <filesystem>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/security/transfer_options.hpp"
#include "cli/transfer/addresses.hpp"
#include "cli/transfer/display.hpp"
#include "cli/transfer/host.hpp"
#include "cli/transfer/report.hpp"
#include "engine/transfer/receiver.hpp"

namespace dwcp::cli {
namespace {

struct ReceiveCommand {
  std::vector<std::string> listen;
  std::string into;
  std::string congestion = "auto", resume_timeout = "1min";
  SecurityOptions security;
  bool once = false, no_rdma = false, no_replace = false, json = false, quiet = false;
};

transfer::ReceiveOptions receive_options(const ReceiveCommand& o) {
  transfer::ReceiveOptions out;
  for (const std::string& text : o.listen) {
    const auto endpoints = resolve(text).value();
    out.listen.insert(out.listen.end(), endpoints.begin(), endpoints.end());
  }
  out.self = self_of(o.security).value();
  out.session.congestion = parse_congestion(o.congestion).value();
  out.session.rdma = !o.no_rdma;
  out.session.resume_timeout = parse_duration(o.resume_timeout).value();
  out.once = o.once;
  out.may_replace = !o.no_replace;
  return out;
}

void print_end(const ReceiveCommand& o, const transfer::Report& report, const Failure& failure) {
  if (o.json) {
    std::cout << to_json("receive", report, failure) << std::endl;
    return;
  }
  if (failure.code)
    std::cerr << "dwcp: " << failure.message() << std::endl;
  else
    std::cout << summary(report) << std::endl;
}

ExitCode receive_files(const ReceiveCommand& o) {
  if (!std::filesystem::is_directory(o.into)) throw Error(Errc::not_found, "folder " + o.into + " of --into");
  platform::native::NativePlatform platform({.process = "receive", .root = std::filesystem::canonical(o.into)});
  ProgressDisplay display(platform, o.quiet || o.json);
  const auto on_file = [&](const transfer::FileReport& file) {
    if (o.json) return;
    display.clear();
    std::cout << describe(file) << std::endl;
  };
  transfer::Report report;
  const auto main = [&]() -> Task<void> {
    transfer::Receiver receiver(
        platform, receive_options(o), [&](const auto& p) { display.show(p); }, on_file);
    for (const auto& endpoint : receiver.local())
      std::cerr << "dwcp: listening on " << to_string(endpoint) << std::endl;
    report = co_await receiver.serve([&](const transfer::Report& ended, const Failure& failure) {
      display.clear();
      print_end(o, ended, failure);
    });
  };
  run_on(platform, main());
  return report.all_well() ? ExitCode::passed : ExitCode::failed;
}

}  // namespace

Run setup_receive(CLI::App& app) {
  auto options = std::make_shared<ReceiveCommand>();
  app.add_option("--listen", options->listen, "ADDR:PORT; several addresses become several paths")->required();
  app.add_option("--into", options->into, "folder for the files")->required();
  app.add_flag("--once", options->once, "end after the first transfer that finished");
  app.add_flag("--no-replace", options->no_replace, "keep existing files even if the sender says --force");
  app.add_option("--resume-timeout", options->resume_timeout, "how long a lost connection may come back")
      ->capture_default_str();
  app.add_option("--congestion", options->congestion,
                 "auto (by round trip and loss), default (the system's), bbr or cubic")
      ->capture_default_str();
  app.add_flag("--no-rdma", options->no_rdma, "TCP, also where both hosts have RDMA");
  add_security_options(app, options->security);
  app.add_flag("--json", options->json, "print one object for each transfer, and nothing else");
  app.add_flag("--quiet", options->quiet, "no progress");
  return [options] { return receive_files(*options); };
}

}  // namespace dwcp::cli
