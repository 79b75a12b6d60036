// A listening TCP socket of the simulation.
#pragma once

#include <deque>
#include <memory>

#include "sim/stream.hpp"

namespace dwcp::sim {

class Listener final : public platform::Listener, private Operation {
 public:
  // Connections that were made and not yet accepted; more are reset.
  static constexpr std::size_t backlog_max = 128;

  // Port 0 takes a free one; the unspecified address listens on all. Throws system_error(address_in_use), also when the
  // port is taken on another address of the machine.
  Listener(Context& context, ns3::Ptr<ns3::Node> node, const platform::Endpoint& at, const TcpOptions& options,
           Executor executor);
  ~Listener() override;

  // One accept() at a time. The listener may be destroyed meanwhile.
  Task<platform::Stream> accept(Executor lane) override;
  platform::Endpoint local() const override { return local_; }
  void close() override;

 private:
  struct Inbox {
    std::deque<std::shared_ptr<Stream>> ready;
    platform::Handler waiting;
    bool closed = false;
  };
  static Task<platform::Stream> next(std::shared_ptr<Inbox> inbox, Executor executor, Executor lane);
  void disconnect() override { inbox_->waiting.disconnect(); }
  void abandon() override;
  void accepted(ns3::Ptr<ns3::Socket> socket);

  ns3::Ptr<ns3::Socket> socket_;
  TcpOptions options_;
  Executor executor_;
  platform::Endpoint local_;
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
};

}  // namespace dwcp::sim
