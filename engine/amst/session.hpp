// A session between two nodes: chunks over 1..N data streams in any order, small messages in order over a control
// connection. It outlives its connections: broken streams are replaced, their chunks go over the others, and with no
// path left it waits for one, then goes on without repeating what has arrived.
//
// Both directions are symmetrical; one side dials (and redials), the other accepts. Everything here is called on
// Platform::control(), and completes there.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/amst/options.hpp"
#include "engine/base/bytes.hpp"
#include "engine/platform/platform.hpp"

namespace dwcp::amst {

class SessionCore;

struct Delivery {
  Sequence sequence;
  Channel channel{};
  Slice payload;  // owned memory of the receive window until release(sequence), valid for as long as it is held
};

// Every waiting call ends with Error(session_closed) when either side closed in order, Error(session_lost) when the
// peer is gone, or the failure that either side gave to abort(). There is no other end of a wait: liveness is watched
// by heartbeats and bounded by resume_timeout.
class Session {
 public:
  explicit Session(std::shared_ptr<SessionCore> core);
  // Without close() or abort() before, the peer sees what it sees when this process is killed.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Queues a chunk; waits for room in the window first (back-pressure). The gather list is not copied. One eighth of
  // the window is kept for priorities above background. Throws Error(frame_too_large) above chunk_max of either side,
  // and Error(bad_value) for an empty payload.
  Task<Sequence> send(ChunkOptions options, std::vector<Slice> payload);
  // Called for every chunk that the peer has released: acknowledged means applied. In no particular order.
  void on_acknowledged(std::function<void(Sequence)> callback);
  // Everything that was sent before the call is acknowledged.
  Task<void> drained();

  // The next chunk, in any order except barriers, higher priorities first. What has arrived is still delivered after
  // the peer closed.
  Task<Delivery> receive();
  // The consumer is done with it. Unknown or already released sequences are ignored.
  void release(Sequence sequence);

  // Ordered, reliable, survives resume. At most 64 KiB each (Error(frame_too_large)); waits while 64 messages have not
  // been taken by the peer's receive_message().
  Task<void> send_message(ByteVector message);
  Task<ByteVector> receive_message();

  // One rate for all streams of this direction; 0: none.
  void set_rate(BitRate rate);
  BitRate rate() const;
  // Whether data streams are to go by RDMA where they can (from the start: as configured, and only if it was). Streams
  // change over one by one, under load, and nothing is sent twice. The dialing side's; the accepting one follows.
  void set_rdma(bool wanted);

  State state() const;
  Stats stats() const;
  // Of all streams: least RTTs, sums of rates and amounts; from the last look, at most one heartbeat old.
  PathSample path() const;
  // The chunk payload that suits the path now: about 20 ms of one stream, 16 KiB..512 KiB, at most chunk_max.
  Bytes chunk_size() const;
  // chunk_max of both sides.
  Bytes chunk_max() const;
  const PeerInfo& peer() const;

  // Waits for everything to be acknowledged, tells the peer, and ends. The peer's chunks that are not yet received are
  // dropped. When close_timeout passes first it ends as abort() does and throws Error(timed_out). On a session that has
  // ended it waits, 2 s at most, until the last word is with the peer: after it the process may exit.
  Task<void> close();
  // Ends at once. The peer, if it can be reached, gets the reason: give it time by close().
  void abort(Failure reason);
  // Returns when it has ended and the peer knows why, or cannot be reached, or two seconds later: who is about to end
  // the process waits for it, or the peer has to find out by itself.
  Task<void> parted();
  // Why it ended; empty while it has not.
  Failure ended() const;

 private:
  std::shared_ptr<SessionCore> core_;
};

// Dials the peer. `paths` are alternative endpoints of the same acceptor (1..16): streams are spread over them. Throws
// Error(bad_configuration), Error(unreachable) after connect_timeout, Error(refused or version_mismatch) with the
// peer's words, Error(untrusted). `peer` is who must be there; none: any node of our cluster.
Task<std::shared_ptr<Session>> connect(platform::Platform& platform, std::vector<Endpoint> paths, Self self,
                                       SessionConfig config, std::optional<NodeId> peer = {});

// Takes sessions from dialing peers.
class Acceptor {
 public:
  // Throws when an endpoint cannot be had, and Error(bad_configuration). Port 0 takes a free one.
  Acceptor(platform::Platform& platform, std::vector<Endpoint> listen_at, Self self, SessionConfig config);
  // As close().
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // The next new session. Throws Error(session_closed) after close().
  Task<std::shared_ptr<Session>> accept();
  std::vector<Endpoint> local() const;
  // Stops listening. Sessions go on with the streams that they have, but nothing can rejoin them.
  void close();

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

}  // namespace dwcp::amst
