// dwcp send: files to a dwcp receive.
#include <filesystem>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/security/transfer_options.hpp"
#include "cli/transfer/addresses.hpp"
#include "cli/transfer/display.hpp"
#include "cli/transfer/host.hpp"
#include "cli/transfer/report.hpp"
#include "engine/transfer/sender.hpp"

namespace dwcp::cli {
namespace {

struct SendCommand {
  std::vector<std::string> arguments;  // files, then the receiver
  SecurityOptions security;
  std::string congestion = "auto", codec = "auto", rate, patience = "5min", connect_timeout = "15s";
  unsigned streams = 4, streams_min = 0;
  bool force = false, no_rdma = false, json = false, quiet = false;
};

transfer::SourceFile source_of(const std::string& argument) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path path = fs::canonical(argument, error);
  if (error) throw Error(Errc::not_found, "file " + argument + ": " + error.message());
  if (!fs::is_regular_file(path) && !fs::is_block_file(path))
    throw Error(Errc::bad_value, argument + " is neither a file nor a block device; folders are not sent");
  // The storage's root is "/". The name is that which the user wrote, not that of a link's target.
  return {path.relative_path().string(), fs::path(argument).filename().string()};
}

transfer::SendOptions send_options(const SendCommand& o) {
  transfer::SendOptions out;
  out.to = {first_that_answers(resolve(o.arguments.back()).value())};
  out.self = self_of(o.security).value();
  out.session.streams = o.streams;
  out.session.streams_min = o.streams_min;
  out.session.congestion = parse_congestion(o.congestion).value();
  out.session.rdma = !o.no_rdma;
  if (!o.rate.empty()) out.session.rate_limit = parse_bit_rate(o.rate).value();
  out.session.connect_timeout = parse_duration(o.connect_timeout).value();
  out.patience = parse_duration(o.patience).value();
  out.force = o.force;
  if (o.codec != "auto") {
    out.codec = hde::parse_codec(o.codec);
    if (!out.codec)
      throw Error(Errc::bad_value,
                  "codec '" + o.codec + "'; possible: auto, none, lz4, zstd1, zstd3, zstd6, zstd9, zstd16, zstd18");
  }
  return out;
}

ExitCode send_files(const SendCommand& o) {
  if (o.arguments.size() < 2) throw Error(Errc::bad_value, "name at least one file, and then the receiver's ADDR:PORT");
  std::vector<transfer::SourceFile> files;
  for (std::size_t i = 0; i + 1 < o.arguments.size(); ++i) files.push_back(source_of(o.arguments[i]));
  const transfer::SendOptions options = send_options(o);

  platform::native::NativePlatform platform({.process = "send", .root = "/"});
  ProgressDisplay display(platform, o.quiet || o.json);
  transfer::Report report;
  Failure failure;
  const auto on_file = [&](const transfer::FileReport& file) {
    if (o.json) return;
    display.clear();
    std::cout << describe(file) << std::endl;
  };
  const auto main = [&]() -> Task<void> {
    report = co_await transfer::send(
        platform, files, options, [&](const auto& p) { display.show(p); }, on_file);
  };
  try {
    run_on(platform, main());
    failure = report.first_failure();
  } catch (const Error& error) {
    failure = {error.code(), error.detail()};
  }
  display.clear();
  if (o.json) {
    std::cout << to_json("send", report, failure) << std::endl;
  } else if (!failure.code) {
    std::cout << summary(report) << std::endl;
  }
  if (failure.code) throw Error(failure);
  return ExitCode::passed;
}

// CLI11 gives all that is left to a list of files; the last of it is the receiver.
struct Usage : CLI::Formatter {
  std::string make_usage(const CLI::App*, std::string name) const override {
    return "Usage: " + name + " [OPTIONS] FILE... ADDR:PORT\n";
  }
};

}  // namespace

Run setup_send(CLI::App& app) {
  auto options = std::make_shared<SendCommand>();
  app.formatter(std::make_shared<Usage>());
  app.add_option("FILE", options->arguments, "files, and last ADDR:PORT, where dwcp receive listens")->required();
  app.add_flag("--force", options->force, "replace files that exist at the receiver");
  app.add_option("--streams", options->streams, "connections that carry data")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--streams-min", options->streams_min,
                 "as many as measure to carry the most, from so many up to --streams; always --streams when left out")
      ->check(CLI::Range(1, 64));
  app.add_option("--congestion", options->congestion,
                 "auto (by round trip and loss), default (the system's), bbr or cubic")
      ->capture_default_str();
  app.add_flag("--no-rdma", options->no_rdma, "TCP, also where both hosts have RDMA");
  app.add_option("--rate", options->rate, "send at most so fast, such as 200Mbit/s");
  app.add_option("--codec", options->codec, "auto, none, lz4, zstd1, zstd3, zstd6, zstd9, zstd16 or zstd18")
      ->capture_default_str();
  app.add_option("--patience", options->patience, "wait so long for a receiver that went away")->capture_default_str();
  app.add_option("--connect-timeout", options->connect_timeout, "for the first connection")->capture_default_str();
  add_security_options(app, options->security);
  app.add_flag("--json", options->json, "print one object with the result, and nothing else");
  app.add_flag("--quiet", options->quiet, "no progress");
  return [options] { return send_files(*options); };
}

}  // namespace dwcp::cli
