// How much may be on its way: sent and not yet stored at the receiver. Enough to keep the path busy, and little more,
// because all of it is sent again when either side is killed.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "engine/amst/session.hpp"
#include "engine/platform/event.hpp"

namespace dwcp::transfer {

class Flight {
 public:
  static constexpr Bytes least = MiB(8);
  // On top of the round trip: what the receiver takes to write a block, read it back and claim it.
  static constexpr Duration storing_time = std::chrono::milliseconds(3);
  // In-flight bytes are this many times rate x (round trip + storing time): recovery from loss needs room to go on.
  static constexpr std::uint64_t headroom = 3;

  // `most` bounds it whatever the path.
  Flight(platform::Platform& platform, Bytes most);

  // Waits until there is room, and takes it for `size` bytes of payload.
  Task<void> take(Bytes size);
  // The chunk has got its number. True when it was acknowledged before this.
  bool sent(amst::Sequence sequence, Bytes size);
  // The receiver has stored it.
  void acknowledged(amst::Sequence sequence);
  // Sets the limit from what the path has shown.
  void adapt(BitRate rate, Duration round_trip);

  Bytes outstanding() const { return outstanding_; }
  Bytes limit() const { return limit_; }
  // Somebody waited for room since the last call: the path, not the source, is what limits.
  bool was_full();

 private:
  platform::Event room_;
  const Bytes most_;
  Bytes limit_;
  Bytes outstanding_{0};
  bool full_ = false;
  std::unordered_map<std::uint64_t, Bytes> chunks_;  // sizes by sequence
  std::unordered_set<std::uint64_t> early_;          // acknowledged before send() had told the number
};

}  // namespace dwcp::transfer
