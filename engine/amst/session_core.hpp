// The inside of a session: pure parts (queues, ledger, watches) and the coroutines that move bytes between them and the
// connections. Everything is on control(); data streams read and write on their lanes.
//
// Ends of a data stream. Either side may see it first. Each side closes it, tells in `stream_gone`, after acknowledging
// all that it read from it, that it reads no more; only when the peer has said so are the chunks that were out on it
// sent again. So nothing is sent twice that has arrived.
//
// Two streams of one index. The dialing side brings up a stand-in for a doubtful stream (stall_watch.hpp), which keeps
// the chunks that are out on it. The newest stream of an index is used, an older one only finishes: when nothing of the
// dialing side is out on it, that side ends its direction, the accepting side answers by the end of its own when
// nothing of it is out either, and then the stream ends as any other.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "engine/amst/carried_rate.hpp"
#include "engine/amst/chunk_encoder.hpp"
#include "engine/amst/chunk_reader.hpp"
#include "engine/amst/congestion_trial.hpp"
#include "engine/amst/courtesy.hpp"
#include "engine/amst/handshake_wire.hpp"
#include "engine/amst/mailbox.hpp"
#include "engine/amst/next_batch.hpp"
#include "engine/amst/pacer.hpp"
#include "engine/amst/receive_ledger.hpp"
#include "engine/amst/send_queue.hpp"
#include "engine/amst/session.hpp"
#include "engine/amst/stall_watch.hpp"
#include "engine/amst/stream_climber.hpp"
#include "engine/platform/scope.hpp"

namespace dwcp::amst {

// What the handshake of a session fixed.
struct Agreement {
  SessionId session{};
  Token token{};
  PeerInfo peer;
  Bytes chunk_max{0};
  Bytes peer_window{0};
  Duration peer_heartbeat{0};
  Duration resume_timeout{0};

  bool checks_bodies() const { return (peer.features & wire::feature_chunk_checksums) != 0; }
};
Agreement agree(const SessionConfig& config, const wire::Terms& ours, const wire::Terms& peer, std::uint16_t version,
                const SessionId& session, const Token& token);

// What the dialing side needs to come back.
struct Dialing {
  std::vector<Endpoint> paths;
  std::shared_ptr<const Self> self;
  std::size_t first_path = 0;  // that the first connection took
  std::uint32_t next_connection = 2;
};

// A look at a transport, taken on its lane.
struct Look {
  PathSample path;
  Bytes written{0};
};

struct DataStream {
  DataStream(platform::Platform& platform, ConnectionId connection, unsigned slot, std::shared_ptr<Transport> t,
             Duration timeout);
  const ConnectionId id;
  const unsigned index;
  const std::shared_ptr<Transport> transport;
  const TimePoint joined;
  ByteCounter written{0}, read{0};
  Bytes committed{0};  // frames taken from the queue for this stream
  Look look;
  StreamWatch watch;
  platform::Event wake;
  bool open = true;
  bool reported = false;              // its path
  bool doubtful = false;              // it does not move though the path is back
  bool superseded = false;            // a newer stream of its index is open
  bool leaving = false;               // the path is better off without it
  Bytes carried_seen{0};              // of what its path is known to have carried
  std::uint64_t sent_again_seen = 0;  // segments
  struct {
    Bytes carried{0};
    std::uint64_t sent = 0, sent_again = 0;  // segments
  } seen_by_trial;                           // of what its path's trial counts
  bool input_over = false;                   // the peer ended its direction; ours may still carry something
  std::optional<TimePoint> finishing_since;  // one direction was ended in order
  bool closed = false;        // after `open`: the transport is closed and was looked at for the last time
  bool reader_ended = false;  // everything that was read has been handed over
  bool peer_ended = false;    // the peer has acknowledged everything that it read
  std::uint64_t batches = 0;  // taken from the queue for this stream
  NextBatch ahead;

  Look seen() const;  // to be called on the lane
  // It may take chunks.
  bool usable() const { return open && !doubtful && !superseded && !leaving && !finishing_since; }
};

Failure data_failure(const std::exception& error);

struct ControlConnection {
  ControlConnection(platform::Platform& platform, ConnectionId connection, std::shared_ptr<Transport> t);
  const ConnectionId id;
  const std::shared_ptr<Transport> transport;
  ByteCounter written{0}, read{0};
  platform::Event wake;
  bool open = true;
  bool told = false;          // our whole state is being told
  bool told_all = false;      // ... and `synchronised` is written
  bool synchronised = false;  // the peer has told its whole state
  bool heartbeat_due = false;
  std::optional<std::uint64_t> reply_due;
  std::uint64_t messages_received_told = 0, messages_taken_told = 0;
  TimePoint acknowledged_at = TimePoint::min();  // when we last wrote an acknowledgement
};

class SessionCore : public std::enable_shared_from_this<SessionCore> {
 public:
  SessionCore(platform::Platform& platform, SessionConfig config, Agreement agreement);

  // ---- for users; see Session
  Task<Sequence> send(ChunkOptions options, std::vector<Slice> payload);
  void on_acknowledged(std::function<void(Sequence)> callback) { acknowledged_callback_ = std::move(callback); }
  Task<void> drained();
  Task<Delivery> receive();
  void release(Sequence sequence);
  Task<void> send_message(ByteVector message);
  Task<ByteVector> receive_message();
  void set_rate(BitRate rate);
  void set_rdma(bool wanted);
  BitRate rate() const { return rate_; }
  State state() const { return ended_.code ? State::closed : state_; }
  Stats stats() const;
  PathSample path() const;
  Bytes chunk_size() const;
  Bytes chunk_max() const { return agreement_.chunk_max; }
  const PeerInfo& peer() const { return agreement_.peer; }
  Task<void> close();
  Task<void> parted();
  void abort(Failure reason);
  const Failure& ended() const { return ended_; }
  const Failure& last_loss() const { return last_loss_; }  // why a connection was last lost or not made
  // The user's handle is gone.
  void drop();

  // ---- for those who make connections
  const Agreement& agreement() const { return agreement_; }
  void start(std::function<void()> on_torn_down);
  void start_dialing(Dialing dialing);
  // False when the id was used before, or is too old to know.
  bool claim(ConnectionId id);
  void adopt_control(ConnectionId id, std::shared_ptr<Transport> transport);
  void adopt_data(ConnectionId id, unsigned index, std::shared_ptr<Transport> transport);
  // Returns when the peer has told its state for the first time, or a data stream has joined; throws when it ended.
  Task<void> synchronised();
  Task<void> established();

 private:
  using Stream = std::shared_ptr<DataStream>;
  using Control = std::shared_ptr<ControlConnection>;
  enum class Farewell { none, told };

  // session_core.cpp
  void child(Task<void> task);
  void child(Executor executor, Task<void> task);
  static Task<void> guard(std::shared_ptr<SessionCore> self, Task<void> task);
  void throw_if_ended() const;
  bool still_delivers() const;
  Task<void> finish_in_order();
  // Everything that was sent has been applied; only the peer's answer to the closing is missing.
  bool only_goodbye_left() const;
  void end(Failure reason, Farewell farewell);
  Task<void> linger();
  void tear_down();
  void notify_everyone();
  void update_state(std::string_view cause);
  TimePoint now() const { return platform_.now(); }

  // session_data.cpp
  static Task<void> read_chunks(std::shared_ptr<SessionCore> self, Stream stream);
  void chunk_arrived(const Stream& stream, ReceivedChunk chunk);
  void reader_ended(const Stream& stream, const Failure& reason);
  void tell_gone(const Stream& stream);
  void lose(const Stream& stream, const Failure& reason);
  void closed(const Stream& stream, const Look& last);
  void peer_ended(const Stream& stream);
  void settle(const Stream& stream);
  std::size_t open_streams() const;
  Stream find(ConnectionId id) const;

  // session_write.cpp
  Task<void> write_chunks(Stream stream);
  Task<void> write_batch(const Stream& stream, ChunkEncoder& batch);
  Task<void> write_unpaced(const Stream& stream, ChunkEncoder& batch);
  struct OnLane;
  static Task<OnLane> write_on_lane(std::shared_ptr<SessionCore> self, Stream stream, ChunkEncoder* batch,
                                    std::uint64_t number);
  void give_ahead(const Stream& stream, std::uint64_t under_way, const Look& look);
  ChunkEncoder take_batch(DataStream& stream);
  Task<void> wait_for_work(Stream stream);
  void wake_one();

  // session_control.cpp
  static Task<void> read_control(std::shared_ptr<SessionCore> self, Control control);
  Task<void> write_control(Control control);
  ByteVector compose(ControlConnection& control);
  bool only_acknowledgements_due(const ControlConnection& control) const;
  void compose_acknowledgement(ControlConnection& control, ByteVector& out);
  void compose_messages(ByteVector& out);
  bool acknowledgement_due(const ControlConnection& control) const;
  void frame(ByteVector& out, wire::FrameType type, std::uint64_t sequence, ByteSpan body) const;
  static Task<void> handle(std::shared_ptr<SessionCore> self, Control control, wire::FrameHeader header,
                           ByteVector body);
  Failure dispatch(const Control& control, const wire::FrameHeader& header, ByteVector body);
  Failure on_acknowledge(const wire::Acknowledge& body);
  Failure on_letter(Letter letter);
  void on_synchronised(const Control& control, const wire::Synchronised& body);
  void on_heartbeat_reply(std::uint64_t sent_at);
  void lose_control(const Control& control, const Failure& reason);
  void wake_control();

  // session_watch.cpp
  Task<void> watch();
  Task<void> look_at_streams();
  void report_path(const DataStream& stream);
  void judge();
  bool disturbed() const;

  // session_congestion.cpp
  struct PathTrial;
  PathTrial* trial_of(const DataStream& stream);
  void count_for_trials();
  void weigh_congestion();
  void report_trial(const PathTrial& path, const CongestionTrial::Outcome& outcome);
  bool tries_congestion() const;
  Task<void> settle_congestion();
  void congestion_refused(CongestionControl wanted, const Failure& failure);

  // session_stand_in.cpp
  void make_room(unsigned index);
  void supersede_older(unsigned index);
  bool may_stand_in(unsigned index) const;
  void see_whether_it_moves(const Stream& stream);
  void weigh_doubtful();
  void give_up(const Stream& stream, std::string_view why);
  void pace();
  void leave_room();
  void finish_spare();
  bool input_ended_in_order(const Stream& stream, const Failure& reason) const;

  // session_dial.cpp
  Task<void> keep_control();
  Task<void> keep_stream(unsigned index);
  struct Way;
  Task<std::shared_ptr<Transport>> join(wire::Role role, unsigned index, std::uint32_t id, Way way, Duration limit);
  Duration attempt_limit(unsigned attempt) const;
  bool wants_stream(unsigned index) const;

  // session_paths.cpp
  std::size_t path_of(const Endpoint& remote) const;
  std::size_t choose_path(std::size_t home, unsigned attempt) const;
  void path_failed(std::size_t path);
  void path_works(std::size_t path);
  void all_paths_may_work();
  bool is_well_placed(const DataStream& stream) const;
  void look_for_better_places();

  // session_rdma.cpp
  bool goes_by_rdma(std::size_t path) const;
  bool has_right_carrier(const DataStream& stream) const;
  void rdma_failed(std::size_t path, Duration lasted, const Failure& reason);
  void rdma_absent(std::size_t path, const Failure& reason);
  void lost_by_rdma(const DataStream& stream, const Failure& reason);

  // session_climb.cpp
  void start_climbing();
  void climb();
  bool has_place(unsigned index) const;

  platform::Platform& platform_;
  const SessionConfig config_;
  const Agreement agreement_;
  const std::uint32_t tag_;

  SendQueue queue_;
  ReceiveLedger ledger_;
  ReceiveBudget budget_;
  ReceiveMemory memory_;
  Outbox outbox_;
  Inbox inbox_;
  BitRate rate_;  // that the user wants; 0: any
  Pacer pacer_;
  CarriedRate carried_;
  Courtesy courtesy_;
  Bytes sent_again_{0};  // by the transports, about
  // By the addresses of the two ends; Limits::endpoints_max at most.
  struct PathTrial {
    asio::ip::address local, remote;
    CongestionTrial trial;
    CongestionTrial::Look look;  // the last
  };
  std::vector<PathTrial> trials_;
  std::set<CongestionControl> refused_;  // by this host
  // By path; the dialing side's. An index belongs to the path that it is first dialed on.
  struct Climbing {
    StreamClimber climber;
    Bytes carried{0};
  };
  std::vector<Climbing> climbing_;
  // By path; the dialing side's.
  struct Trouble {
    TimePoint until = TimePoint::min();  // not tried before
    unsigned in_a_row = 0;
    // Several failures at once are one.
    void note(TimePoint now, Duration first, unsigned doublings_max);
  };
  struct PathState {
    Trouble dead, without_rdma;
  };
  std::vector<PathState> path_states_;
  std::size_t control_path_ = 0;  // that the control connection was last dialed on
  bool rdma_wanted_;
  PathWatch path_;
  std::optional<Dialing> dialing_;
  Random random_;

  std::map<std::uint64_t, Stream> streams_;  // by connection id; also those that are not settled yet
  std::vector<Stream> idle_;                 // waiting for work, longest first
  std::vector<std::uint64_t> gone_to_tell_;
  // Streams that the peer has given up and that we do not have: no more, or not yet, its welcome being slower than
  // that.
  static constexpr std::size_t gone_early_max = 256;
  std::set<std::uint64_t> gone_early_;
  Control control_;
  std::set<std::uint64_t> used_ids_;
  std::map<unsigned, StreamInfo> slots_;  // history by index

  State state_ = State::suspended;
  bool was_connected_ = false;
  TimePoint state_since_;
  Failure ended_;
  bool closing_ = false, torn_down_ = false;
  std::optional<Failure> abort_to_tell_;
  Failure last_loss_;  // of a connection, for the message when the session is lost
  Duration rtt_{0};
  Stats stats_;
  Bytes control_written_{0}, control_read_{0};  // of connections that are gone
  std::function<void(Sequence)> acknowledged_callback_;
  std::function<void()> on_torn_down_;

  platform::Event room_, arrived_, acknowledged_, letters_, dial_wake_, changed_;
  platform::Scope scope_;
};

}  // namespace dwcp::amst
