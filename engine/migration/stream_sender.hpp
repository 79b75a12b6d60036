// The source's half of the data path: reads the guest's stream, encodes its pages, sends everything.
//
//   read → (collector) batches → plan, in order → encode, several at once → send → acknowledged
//
// Memory is bounded by the pool of stream buffers: not reading is the back-pressure that reaches the guest's stream.
#pragma once

#include <functional>
#include <memory>

#include "engine/amst/session.hpp"
#include "engine/hde/literals.hpp"
#include "engine/hde/page.hpp"
#include "engine/migration/agent.hpp"
#include "engine/migration/hypervisor.hpp"
#include "engine/migration/messages.hpp"
#include "engine/platform/platform.hpp"

namespace dwcp::migration {

struct SenderCounters {
  Bytes guest_read{0};  // memory: 4096 for every page of the stream, zero ones included
  Bytes wire_made{0};   // payload of the chunks made
  Bytes wire_acked{0};  // of these, acknowledged
  BitRate link{0};      // what the path carries, as measured while it was the bottleneck; 0: not known yet
  hde::ClassStats classes;
};

class StreamSender {
 public:
  // Runs on control(). The session outlives the sender's run().
  // `window` is held by the destination already. Throws Error(bad_value) where the session's chunks are below
  // chunk_least.
  StreamSender(platform::Platform& platform, std::shared_ptr<amst::Session> session, EncodingConfig config,
               hde::KeptWindow window);
  ~StreamSender();

  // Sends the whole stream. Calls `on_end` with what the destination checks it against, when every byte has been handed
  // to the session; returns when every page is acknowledged. Throws what the guest, the session and the stream's reader
  // throw; then everything that it started has ended.
  Task<void> run(OutgoingGuest& guest, std::function<Task<void>(StreamEnd)> on_end);
  // The destination could not decode these pages: they go out again in full, ahead of the others. Until run() returns.
  void resend(const Missing& missing);
  // How the bytes are handed to the session. In bulk about a second ahead of the path, in batches that compress well;
  // with a short line only what its streams can take within `waiting`, in batches small enough for all of them to have
  // some.
  void work_in_bulk();
  // The guest's stream is not read on while more than `under_way_max` is unacknowledged.
  void keep_line_short(Duration waiting, Bytes under_way_max);
  SenderCounters counters() const;
  // After run().
  hde::KeptWindow kept_window() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace dwcp::migration
