#include "cli/agent/control_client.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/node/control_request.hpp"

namespace dwcp::cli {
namespace {

sigset_t interrupting() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

[[noreturn]] void no_agent(const std::filesystem::path& path, int error) {
  std::string text = "no agent answers at " + path.string() + ": " + std::strerror(error);
  if (error == EACCES || error == EPERM)
    text += "; members of the socket's group may use it (control.group of the agent's configuration)";
  else
    text += "; start one with dwcp agent --config FILE, or name its socket with --socket";
  throw Error(Errc::unreachable, text);
}

[[noreturn]] void throw_gone() { throw Error(Errc::session_closed, "the agent went away"); }

// The agent's own error, so that a command ends with the status that it stands for.
Failure failure_of(const OrderedJson& error) {
  const int code = error.value("code", 0);
  const std::string detail = error.value("detail", std::string("the agent refused"));
  switch (static_cast<Errc>(code)) {
#define DWCP_ERROR(name, number, text) case Errc::name:
#include "engine/base/error_table.def"
#undef DWCP_ERROR
    return {static_cast<Errc>(code), detail};
  }
  return {Errc::refused, detail};
}

}  // namespace

Interrupts::Interrupts() {
  const sigset_t set = interrupting();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  descriptor_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor_ < 0) throw Error(Errc::internal, std::string("signalfd: ") + std::strerror(errno));
}

bool Interrupts::take() {
  bool any = false;
  for (signalfd_siginfo one{}; ::read(descriptor_, &one, sizeof one) == sizeof one;) any = true;
  return any;
}

Interrupts::~Interrupts() {
  // One that was taken here has been acted on; one that came since ends the process as usual.
  ::close(descriptor_);
  const sigset_t set = interrupting();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

ControlClient::ControlClient(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.empty() || text.size() >= sizeof address.sun_path) no_agent(path, ENAMETOOLONG);
  std::memcpy(address.sun_path, text.c_str(), text.size() + 1);
  descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) no_agent(path, errno);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  const int error = errno;
  ::close(descriptor_);
  no_agent(path, error);
}

ControlClient::~ControlClient() { ::close(descriptor_); }

void ControlClient::send(const std::string& line) {
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t n = ::send(descriptor_, line.data() + done, line.size() - done, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_gone();
    done += static_cast<std::size_t>(n);
  }
}

OrderedJson ControlClient::receive() {
  std::array<char, 16 * 1024> buffer{};
  for (;;) {
    if (auto line = lines_.next()) return OrderedJson::parse(*line);
    std::array<pollfd, 2> waiting{{{descriptor_, POLLIN, 0}, {interrupts_.descriptor(), POLLIN, 0}}};
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    if (interrupts_.take()) throw Error(Errc::cancelled, "interrupted");
    const ssize_t n = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw_gone();
    if (!lines_.feed({buffer.data(), static_cast<std::size_t>(n)}))
      throw Error(Errc::protocol_error, "the agent's answer is longer than " + to_string(Bytes(answer_size_max)));
  }
}

OrderedJson ControlClient::ask(OrderedJson request) {
  request["dwcp"] = node::control_version;
  request["id"] = ++last_id_;
  send(request.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n");
  try {
    // News of what is followed may come in between; the next one tells the same and more.
    for (;;) {
      OrderedJson reply = receive();
      if (reply.contains("event")) continue;
      if (reply.value("ok", false)) return reply;
      throw Error(failure_of(reply.value("error", OrderedJson::object())));
    }
  } catch (const OrderedJson::exception& error) {
    throw Error(Errc::protocol_error, std::string("the agent answered what is no answer: ") + error.what());
  }
}

OrderedJson ControlClient::next_event() {
  try {
    for (;;)
      if (OrderedJson event = receive(); event.contains("event")) return event;
  } catch (const OrderedJson::exception& error) {
    throw Error(Errc::protocol_error, std::string("the agent sent what is no event: ") + error.what());
  }
}

bool ControlClient::sleep(Duration time) {
  pollfd waiting{interrupts_.descriptor(), POLLIN, 0};
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  ::poll(&waiting, 1, static_cast<int>(milliseconds));
  return !interrupts_.take();
}

}  // namespace dwcp::cli
