// What one direction of a session has received: what to deliver next, what the consumer holds, what to tell the sender.
// No I/O.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>

#include "engine/amst/ranges.hpp"
#include "engine/amst/session.hpp"

namespace dwcp::amst {

class ReceiveLedger {
 public:
  // True when it is new, false for a repetition. protocol_error when the sender has more chunks outstanding than
  // Limits::chunks_outstanding_max.
  Result<bool> arrived(Sequence sequence, const ChunkOptions& options, Slice payload);
  // The next delivery; barriers wait for the release of everything before them.
  std::optional<Delivery> next();
  // The freed bytes; 0 when the consumer does not hold this sequence.
  Bytes release(Sequence sequence);

  Bytes held() const { return held_; }  // received, not released
  bool idle() const { return ready_count_ == 0 && barriers_.empty() && delivered_.empty(); }

  // What the sender was not told yet.
  RangeSet& news_received() { return news_received_; }
  RangeSet& news_released() { return news_released_; }
  bool has_news() const { return !news_received_.empty() || !news_released_.empty(); }
  // A new control connection: everything is news again.
  void tell_all();

 private:
  void ready(Sequence sequence, Priority priority, Channel channel, Slice payload);
  void open_barriers();

  struct Held {
    ChunkOptions options;
    Slice payload;
  };
  RangeSet received_, released_, news_received_, news_released_;
  std::array<std::deque<Delivery>, priorities> ready_;
  std::size_t ready_count_ = 0;
  std::map<std::uint64_t, Held> barriers_;    // by sequence
  std::map<std::uint64_t, Bytes> delivered_;  // and not released
  Bytes held_{0};
};

}  // namespace dwcp::amst
