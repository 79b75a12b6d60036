// The destination's half of the data path: decodes pages in whatever order they come, makes a stream of them again, and
// writes it to the incoming guest.
#pragma once

#include <functional>
#include <memory>

#include "engine/amst/session.hpp"
#include "engine/hde/literals.hpp"
#include "engine/migration/agent.hpp"
#include "engine/migration/hypervisor.hpp"
#include "engine/migration/messages.hpp"
#include "engine/platform/platform.hpp"

namespace dwcp::migration {

class StreamReceiver {
 public:
  // Runs on control(). `delta_cache` and `match_window`: as offered by the source; `window`:
  // what both ends hold already.
  StreamReceiver(platform::Platform& platform, std::shared_ptr<amst::Session> session, Bytes delta_cache,
                 Bytes match_window, const hde::KeptWindow& window);
  ~StreamReceiver();

  // Returns when the whole stream, as StreamEnd describes it, was verified and written to `guest`. Throws
  // Error(wrong_memory) when the memory here is not the source's, and what the guest, the session and the decoders
  // throw; then everything that it started has ended.
  Task<void> run(IncomingGuest& guest);
  // A chunk of pages_channel or opaque_channel came. What waits here is bounded by the session's receive window.
  void take(amst::Delivery delivery);
  // After run().
  hde::KeptWindow kept_window() const;
  void stream_ends(const StreamEnd& end);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace dwcp::migration
