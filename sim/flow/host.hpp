// A machine's side of all its connections: ports, listeners, and what a kernel answers to whom it does not know.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "sim/flow/socket.hpp"

namespace dwcp::sim::flow {

// Who gets the connections to a port.
class AcceptSink {
 public:
  virtual ~AcceptSink() = default;
  // False: there is no room for it, and it is reset.
  virtual bool accepted(const std::shared_ptr<Socket>& socket) = 0;
};

class Host {
 public:
  // The way to an address from this machine; nothing without one.
  using Routes = std::function<std::optional<Route>(std::uint32_t ip)>;
  // The ports that are given out by themselves (RFC 6335, section 6).
  static constexpr std::uint16_t first_free_port = 49152;
  // A connection whose both ends are closed is remembered so long, to answer a FIN that comes again.
  static constexpr Duration remembered = std::chrono::seconds(60);

  // `powered` outlives it.
  Host(Network& network, Routes routes, const bool& powered);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // `ip` 0: on all addresses; port 0 takes a free one. Returns the port; 0: it is taken, or none is free. `sink`
  // outlives unlisten().
  std::uint16_t listen(std::uint32_t ip, std::uint16_t port, const TcpOptions& options, AcceptSink& sink);
  void unlisten(std::uint16_t port);
  // Not connected yet: connect() begins. Null without a route.
  std::shared_ptr<Socket> open(Address to, const TcpOptions& options);
  // The kernel's memory of all connections is gone.
  void forget_all();

  bool powered() const { return powered_; }

  // For sockets.
  void asked(const std::shared_ptr<Socket>& client);
  void established(const std::shared_ptr<Socket>& socket);
  void forgotten(Socket& socket);
  void look_at(const std::shared_ptr<Socket>& socket);

 private:
  struct Listening {
    std::uint32_t ip;
    TcpOptions options;
    AcceptSink* sink;
  };
  std::uint16_t free_port();
  void forget_finished();

  Network& network_;
  Routes routes_;
  const bool& powered_;
  std::map<std::uint16_t, Listening> listening_;
  // By both addresses. A kernel keeps connections whether or not a process still knows them.
  using Key = std::pair<Address, Address>;
  std::map<Key, std::shared_ptr<Socket>> sockets_;
  std::deque<std::pair<TimePoint, std::weak_ptr<Socket>>> finished_;
  std::uint16_t next_port_ = first_free_port;
};

}  // namespace dwcp::sim::flow
