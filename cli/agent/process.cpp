#include "cli/agent/process.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>

#include "cli/agent/claim.hpp"
#include "cli/agent/hypervisor.hpp"
#include "cli/agent/log.hpp"
#include "cli/security/credential_watch.hpp"
#include "engine/platform/deadline.hpp"
#include "engine/platform/native/native_platform.hpp"

namespace dwcp::cli {
namespace {

constexpr Duration last_words = std::chrono::milliseconds(500);  // for clients that follow what was rolled back

// Not by returning from main(): a thread of libvirt's may still wait for an answer of a daemon that hangs, and an
// orderly end would wait for that thread. Everything that must last is in the journal already, and was synced when it
// was written.
[[noreturn]] void leave(ExitCode code) {
  std::cout.flush();
  std::cerr.flush();
  ::_exit(static_cast<int>(code));
}

[[noreturn]] void leave_with(const Failure& failure) {
  std::cerr << "dwcp: " << failure.message() << std::endl;
  leave(exit_code_of(failure.code));
}

// What systemd wants to hear of a service of Type=notify (sd_notify(3)); without it nobody listens.
void notify_supervisor(const char* word) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (!path) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length == 0 || length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // a name in the abstract space
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  // A supervisor that does not take it is none that waits for it.
  [[maybe_unused]] const auto sent =
      ::sendto(socket, word, std::strlen(word), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
  ::close(socket);
}

void stop_on_signals(asio::signal_set& signals, platform::native::NativePlatform& platform, bool& stopped) {
  signals.async_wait([&](const ErrorCode& error, int) {
    if (error) return;
    if (stopped) leave(ExitCode::aborted);
    stopped = true;
    notify_supervisor("STOPPING=1");
    std::cerr << "dwcp: ending: what can be rolled back is; again to leave at once" << std::endl;
    platform.stop();
    stop_on_signals(signals, platform, stopped);
  });
}

// What an agent's process is made of, in order. It is never destroyed: leave() says why.
struct Life {
  explicit Life(const Settings& settings)
      : log(std::cerr, settings.log, std::getenv("JOURNAL_STREAM") == nullptr),
        platform({.process = settings.node.agent.node.text,
                  .root = settings.state,
                  .on_record =
                      [this](const platform::Record& record) {
                        log.write(record);
                        if (record.name == "agent.ready") notify_supervisor("READY=1");
                      }}),
        hypervisor(connect_hypervisor(platform, settings.libvirt)),
        node(platform, *hypervisor, settings.node),
        server(node, settings.socket, settings.socket_group),
        signals(platform.control(), SIGINT, SIGTERM, SIGHUP) {}

  Log log;
  platform::native::NativePlatform platform;
  std::unique_ptr<migration::Hypervisor> hypervisor;
  node::Node node;
  ControlServer server;
  asio::signal_set signals;
  bool stopped = false;
};

void live(const Settings& settings) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a full quota comes as an error
  // Both before the hypervisor is bothered.
  new FolderLock(settings.state);
  claim_socket_path(settings.socket);
  auto& life = *new Life(settings);
  stop_on_signals(life.signals, life.platform, life.stopped);
  try {
    life.platform.run(serve_node(life.node, life.server, settings.credential_files));
  } catch (const boost::system::system_error& error) {
    ::unlink(settings.socket.c_str());
    if (life.stopped && error.code() == asio::error::operation_aborted) return;
    throw;
  }
}

}  // namespace

Task<void> serve_node(node::Node& node, ControlServer& server, std::optional<CredentialFiles> credentials) {
  platform::Scope clients(node.platform(), node.platform().control());
  clients.spawn(server.serve());
  if (credentials) clients.spawn(watch_credentials(node.platform(), *credentials, node.config().agent.credentials));
  std::exception_ptr ended;
  try {
    co_await node.run();
  } catch (...) {
    ended = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await server.flush(last_words);
  clients.cancel();
  try {
    co_await clients.join();
  } catch (...) {
    // What ended the node is what is told.
  }
  std::rethrow_exception(ended);
}

void run_agent(const Settings& settings) {
  try {
    live(settings);
  } catch (const Error& error) {
    leave_with(Failure(error.code(), error.detail()));
  } catch (const boost::system::system_error& error) {
    leave_with(Failure(error.code(), error.what()));
  } catch (const std::exception& error) {
    leave_with(Failure(Errc::internal, error.what()));
  }
  leave(ExitCode::passed);
}

}  // namespace dwcp::cli
