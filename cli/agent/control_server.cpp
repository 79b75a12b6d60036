#include "cli/agent/control_server.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>
#include <list>

#include "cli/agent/claim.hpp"
#include "engine/node/control_reply.hpp"
#include "engine/node/control_request.hpp"
#include "engine/node/control_session.hpp"
#include "engine/node/line_splitter.hpp"
#include "engine/platform/deadline.hpp"

namespace dwcp::cli {
namespace {

using Protocol = asio::local::stream_protocol;
using Socket = asio::basic_stream_socket<Protocol, Executor>;
using Acceptor = asio::basic_socket_acceptor<Protocol, Executor>;

constexpr mode_t socket_mode = 0660;
constexpr int backlog = 16;
constexpr std::size_t read_size = 16 * 1024;
constexpr Duration pause_after_failure = std::chrono::milliseconds(100);
constexpr Duration look_every = std::chrono::milliseconds(5);

bool is_cancellation(const boost::system::system_error& error) {
  return error.code() == asio::error::operation_aborted;
}

[[noreturn]] void no_socket(const std::string& path, int error) {
  throw Error(Errc::storage_failed, "socket " + path + ": " + std::strerror(error));
}

gid_t group_id(const std::string& name) {
  std::array<char, 4096> buffer{};
  group entry{};
  group* found = nullptr;
  if (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
    throw Error(Errc::bad_configuration, "control.group: this host has no group '" + name + "'");
  return entry.gr_gid;
}

struct Client {
  Client(node::Node& node, Socket s) : socket(std::move(s)), session(node) {}
  Socket socket;
  node::ControlSession session;
  bool writing = false;
};

Task<void> read_requests(std::shared_ptr<Client> client) {
  node::LineSplitter lines(node::request_size_max);
  std::vector<char> buffer(read_size);
  for (;;) {
    std::size_t count = 0;
    try {
      count = co_await client->socket.async_read_some(asio::buffer(buffer), asio::use_awaitable);
    } catch (const boost::system::system_error& error) {
      if (is_cancellation(error)) throw;
      break;  // the client ended its side, or is gone: then writing will tell
    }
    if (!lines.feed({buffer.data(), count})) {
      client->session.reject(
          Failure(Errc::frame_too_large,
                  "a request longer than " + std::to_string(node::request_size_max) + " bytes without a line break"));
      co_return;
    }
    while (auto line = lines.next())
      if (!line->empty()) co_await client->session.handle(std::move(*line));
  }
  client->session.end_of_requests();
}

Task<void> write_answers(std::shared_ptr<Client> client) {
  for (;;) {
    const std::string line = co_await client->session.next();
    if (line.empty()) co_return;
    client->writing = true;
    co_await asio::async_write(client->socket, asio::buffer(line), asio::use_awaitable);
    client->writing = false;
  }
}

}  // namespace

struct ControlServer::State {
  State(node::Node& n, std::filesystem::path p)
      : node(n), platform(n.platform()), path(std::move(p)), acceptor(platform.control()) {}

  void listen(const std::string& group);
  Task<void> serve_client(std::shared_ptr<Client> client);

  node::Node& node;
  platform::Platform& platform;
  const std::filesystem::path path;
  Acceptor acceptor;
  std::list<std::shared_ptr<Client>> clients;
};

void ControlServer::State::listen(const std::string& group) {
  claim_socket_path(path);
  acceptor.open(Protocol());
  // Before it has a name: at no moment may others use it. The process's mask takes bits away, so they are given again.
  if (::fchmod(acceptor.native_handle(), socket_mode) != 0) no_socket(path.string(), errno);
  acceptor.bind(Protocol::endpoint(path.string()));
  if (!group.empty() && ::lchown(path.c_str(), static_cast<uid_t>(-1), group_id(group)) != 0)
    no_socket(path.string(), errno);
  if (::chmod(path.c_str(), socket_mode) != 0) no_socket(path.string(), errno);
  acceptor.listen(backlog);
}

// Whatever becomes of one client, the server goes on.
Task<void> ControlServer::State::serve_client(std::shared_ptr<Client> client) {
  const auto place = clients.insert(clients.end(), client);
  try {
    std::function<Task<void>(platform::Scope&)> body = [client](platform::Scope& scope) -> Task<void> {
      scope.spawn(read_requests(client));
      co_await write_answers(client);
      scope.cancel();
    };
    co_await platform::in_scope(platform, std::move(body));
  } catch (const boost::system::system_error&) {
    // It went away, or the agent ends.
  }
  clients.erase(place);
}

ControlServer::ControlServer(node::Node& node, std::filesystem::path path, const std::string& group)
    : state_(std::make_shared<State>(node, std::move(path))) {
  state_->listen(group);
}

ControlServer::~ControlServer() {
  ErrorCode ignored;
  state_->acceptor.close(ignored);
  ::unlink(state_->path.c_str());
}

Task<void> ControlServer::serve() {
  const auto state = state_;
  std::function<Task<void>(platform::Scope&)> body = [state](platform::Scope& scope) -> Task<void> {
    for (;;) {
      bool pause = false;
      try {
        Socket socket = co_await state->acceptor.async_accept(asio::use_awaitable);
        auto client = std::make_shared<Client>(state->node, std::move(socket));
        if (state->clients.size() >= clients_max)
          client->session.reject(Failure(Errc::out_of_budget, "this agent serves " + std::to_string(clients_max) +
                                                                  " clients at once, and has them"));
        scope.spawn(state->serve_client(std::move(client)));
      } catch (const boost::system::system_error& error) {
        if (is_cancellation(error)) throw;
        state->platform.record("control.accept_failed", {{"reason", error.what()}});
        pause = true;
      }
      // Out of descriptors: others may end meanwhile.
      if (pause) co_await platform::sleep_for(state->platform, pause_after_failure);
    }
  };
  co_await platform::in_scope(state->platform, std::move(body));
}

Task<void> ControlServer::flush(Duration limit) {
  const auto state = state_;
  const TimePoint end = state->platform.now() + limit;
  const auto busy = [&] {
    return std::ranges::any_of(state->clients,
                               [](const auto& client) { return client->writing || client->session.has_news(); });
  };
  while (busy() && state->platform.now() < end) co_await platform::sleep_for(state->platform, look_every);
}

}  // namespace dwcp::cli
