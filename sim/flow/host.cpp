#include "sim/flow/host.hpp"

#include <string>
#include <utility>

#include "sim/tcp/clock.hpp"

namespace dwcp::sim::flow {

Host::Host(Network& network, Routes routes, const bool& powered)
    : network_(network), routes_(std::move(routes)), powered_(powered) {}

Host::~Host() { forget_all(); }

std::uint16_t Host::free_port() {
  const auto used = [this](std::uint16_t port) {
    if (listening_.contains(port)) return true;
    for (const auto& [key, socket] : sockets_)
      if (key.first.port == port) return true;
    return false;
  };
  for (unsigned tried = 0; tried < 65536u - first_free_port; ++tried) {
    const std::uint16_t port = next_port_;
    next_port_ = port == 65535 ? first_free_port : static_cast<std::uint16_t>(port + 1);
    if (!used(port)) return port;
  }
  return 0;
}

std::uint16_t Host::listen(std::uint32_t ip, std::uint16_t port, const TcpOptions& options, AcceptSink& sink) {
  if (port == 0) port = free_port();
  if (port == 0 || listening_.contains(port)) return 0;
  listening_[port] = {ip, options, &sink};
  return port;
}

void Host::unlisten(std::uint16_t port) { listening_.erase(port); }

std::shared_ptr<Socket> Host::open(Address to, const TcpOptions& options) {
  forget_finished();
  auto route = routes_(to.ip);
  if (!route) return nullptr;
  const Address local{route->source, free_port()};
  if (local.port == 0) return nullptr;
  auto socket = std::make_shared<Socket>(*this, network_, local, to, std::move(*route), options);
  sockets_[{local, to}] = socket;
  return socket;
}

void Host::asked(const std::shared_ptr<Socket>& client) {
  forget_finished();
  if (client->gone()) return;
  const Address local = client->remote(), remote = client->local();
  if (const auto known = sockets_.find({local, remote}); known != sockets_.end()) {
    const auto socket = known->second;
    if (socket->peer().lock() == client) return socket->established() ? client->answered(socket) : socket->answer();
    socket->forget();  // of an earlier life of that machine
  }
  const auto at = listening_.find(local.port);
  auto back = routes_(remote.ip);
  if (!back) return;
  if (at == listening_.end()) {
    network_.message(back->there, tcp_header_size, [client] { client->on_reset(); });
    return;
  }
  TcpOptions options = at->second.options;
  options.seed = Random(options.seed, std::to_string(remote.ip) + ":" + std::to_string(remote.port))();
  auto socket = std::make_shared<Socket>(*this, network_, local, remote, std::move(*back), options);
  sockets_[{local, remote}] = socket;
  socket->asked_by(client);
  socket->answer();
}

void Host::established(const std::shared_ptr<Socket>& socket) {
  const auto at = listening_.find(socket->local().port);
  const bool for_us = at != listening_.end() && (at->second.ip == 0 || at->second.ip == socket->local().ip);
  if (!for_us || !at->second.sink->accepted(socket)) socket->reset();
}

void Host::forgotten(Socket& socket) {
  const auto at = sockets_.find({socket.local(), socket.remote()});
  if (at == sockets_.end() || at->second.get() != &socket) return;
  const auto keep = at->second;
  sockets_.erase(at);
}

void Host::look_at(const std::shared_ptr<Socket>& socket) {
  if (socket->finished()) finished_.emplace_back(sim_now() + remembered, socket);
}

void Host::forget_finished() {
  while (!finished_.empty() && finished_.front().first <= sim_now()) {
    if (const auto socket = finished_.front().second.lock()) socket->forget();
    finished_.pop_front();
  }
}

void Host::forget_all() {
  while (!sockets_.empty()) sockets_.begin()->second->forget();
}

}  // namespace dwcp::sim::flow
