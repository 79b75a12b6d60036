// What one direction of a session has to send: which chunk goes next, what is out on which connection, what the peer
// has and has released. No I/O.
//
// A chunk is queued, then committed to a connection, received (its memory is let go), and released (its room in the
// windows is free). When a connection is gone, its chunks that were not received are queued again; they keep their
// room.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "engine/amst/options.hpp"
#include "engine/amst/ranges.hpp"
#include "engine/base/bytes.hpp"

namespace dwcp::amst {

// Of a connection within a session; given by the dialing side, never used twice.
using ConnectionId = Quantity<struct ConnectionIdTag>;

struct Outgoing {
  Sequence sequence;
  ChunkOptions options;
  std::vector<Slice> payload;
  Bytes length{0};
  Bytes again{0};  // payload of it that had already left this host over a connection that is gone
  bool repeated = false;
};

class SendQueue {
 public:
  // `own_window` bounds queued + unreleased, `peer_window` committed + unreleased; both at least twice the largest
  // chunk. Background chunks leave an eighth of each to the others.
  SendQueue(Bytes own_window, Bytes peer_window);

  bool has_room(Priority priority, Bytes length) const;
  // Precondition: has_room(), length > 0.
  Sequence push(ChunkOptions options, std::vector<Slice> payload);

  // The next chunk is now committed to `on`, where `offset` bytes were written before it. Highest priority first,
  // lowest sequence first within one. Empty when nothing is queued or what is next has no room in the peer's window. A
  // barrier waits until every lower sequence was committed: its room at the peer can then always become free.
  std::optional<Outgoing> take(ConnectionId on, Bytes offset);
  bool ready() const { return find_next() != nullptr; }

  // From the peer, both idempotent. protocol_error for a sequence that was never committed.
  Failure received(const Range& range);
  Failure released(const Range& range, std::vector<Sequence>& newly_released);

  // The connection is gone and the peer has told everything that it received over it. `transmitted` bytes of it had
  // left this host. Returns how many chunks are queued again.
  std::size_t requeue(ConnectionId gone, Bytes transmitted);

  // What is committed to each connection and not received.
  struct Out {
    Bytes bytes{0};
    bool urgent = false;  // some of it has a priority above background
  };
  std::map<ConnectionId, Out> out() const;

  Sequence last_pushed() const { return Sequence(next_ - 1); }
  bool all_released(Sequence up_to) const { return entries_.empty() || entries_.begin()->first > up_to.value; }
  Bytes queued() const { return queued_bytes_; }      // not committed now
  Bytes unreleased() const { return window_bytes_; }  // committed at least once
  Bytes held() const { return held_bytes_; }          // received by the peer and not yet released
  Bytes total() const { return total_bytes_; }
  std::size_t chunks() const { return entries_.size(); }

 private:
  struct Entry {
    ChunkOptions options;
    std::vector<Slice> payload;  // empty once received
    Bytes length{0};
    std::optional<ConnectionId> on;  // committed to
    Bytes offset{0};
    Bytes transmitted{0};  // over connections that are gone
    bool committed = false, received = false;
  };
  using Key = std::pair<Priority, std::uint64_t>;

  const Key* find_next() const;
  void unqueue(std::uint64_t sequence, const Entry& entry);
  bool is_queued(const Entry& e) const { return !e.on && !e.received; }
  Failure check_committed(const Range& range) const;

  const Bytes own_window_, peer_window_;
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, Entry> entries_;  // pushed and not released
  std::set<Key> queue_;
  std::set<std::uint64_t> never_committed_;
  Bytes total_bytes_{0}, queued_bytes_{0}, window_bytes_{0}, held_bytes_{0};
};

}  // namespace dwcp::amst
