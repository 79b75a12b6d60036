// The receiving side of file transfers: takes sessions from senders and stores their files in Platform::storage().
#pragma once

#include <memory>
#include <vector>

#include "engine/amst/session.hpp"
#include "engine/transfer/progress.hpp"

namespace dwcp::transfer {

struct ReceiveOptions {
  std::vector<platform::Endpoint> listen;
  amst::Self self{amst::Identity()};
  amst::SessionConfig session;
  bool once = false;        // serve() returns after the first transfer that finished
  bool may_replace = true;  // a sender with `force` may replace existing files
};

class Receiver {
 public:
  static constexpr unsigned sessions_max = 8;  // served at once; more wait to be accepted

  // Listens. Throws when an endpoint cannot be had.
  Receiver(platform::Platform& platform, ReceiveOptions options, OnProgress on_progress, OnFile on_file);
  ~Receiver();
  std::vector<platform::Endpoint> local() const;

  // Called for every transfer that ended, well or not.
  using OnEnd = std::function<void(const Report&, const Failure&)>;
  // Serves senders. Files land as NAME.partial with a table of blocks beside it, and get their name when they are
  // complete, verified and durable; what a broken transfer left is kept and continued. With `once` returns the first
  // finished transfer's report; throws Error(storage_full or storage_failed) when this side made one fail. A sender
  // that vanished may come back. Runs on Platform::control() until it is cancelled. Once.
  Task<Report> serve(OnEnd on_end);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dwcp::transfer
