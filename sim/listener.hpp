// A listening socket of the simulation: connections that were made wait here until they are accepted.
#pragma once

#include <deque>
#include <memory>

#include "sim/stream.hpp"

namespace dwcp::sim {

class Listener : public platform::Listener, protected Operation {
 public:
  // Connections that were made and not yet accepted; more are reset.
  static constexpr std::size_t backlog_max = 128;

  // One accept() at a time. The listener may be destroyed meanwhile.
  Task<platform::Stream> accept(Executor lane) final;
  platform::Endpoint local() const final { return local_; }
  void close() final;

 protected:
  struct Inbox {
    std::deque<std::shared_ptr<Stream>> ready;
    platform::Handler waiting;
    bool closed = false;
  };
  Listener(Context& context, Executor executor) : Operation(context), executor_(std::move(executor)) {}

  bool is_full() const { return inbox_->ready.size() == backlog_max; }
  void add(std::shared_ptr<Stream> stream);
  // No connection comes from here on.
  virtual void stop() = 0;
  const std::shared_ptr<Inbox>& inbox() const { return inbox_; }

  const Executor executor_;
  platform::Endpoint local_;

 private:
  static Task<platform::Stream> next(std::shared_ptr<Inbox> inbox, Executor executor, Executor lane);
  void disconnect() override { inbox_->waiting.disconnect(); }
  void abandon() override;

  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
};

}  // namespace dwcp::sim
