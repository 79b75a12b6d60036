// JSON messages, one a line, between a conductor and a host's process, over one end of a socket pair.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenarios/format/document.hpp"

namespace dwcp::scenarios {

class LineChannel {
 public:
  // Takes the descriptor and closes it in the end.
  explicit LineChannel(int descriptor) : descriptor_(descriptor) {}
  ~LineChannel();
  LineChannel(LineChannel&& other) noexcept;
  LineChannel(const LineChannel&) = delete;
  LineChannel& operator=(const LineChannel&) = delete;

  int descriptor() const { return descriptor_; }
  // Waits until the peer can take it. When the peer is gone nothing happens: its end is seen by reading.
  void send(const Json& message);
  // The messages that are there now. Never waits.
  std::vector<Json> take();
  // The next message; nothing when the peer is gone. Waits.
  std::optional<Json> receive();
  bool ended() const { return ended_; }

 private:
  bool read_more(bool wait);
  std::optional<Json> next_line();

  int descriptor_;
  std::string pending_;
  bool ended_ = false;
};

}  // namespace dwcp::scenarios
