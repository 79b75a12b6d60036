// What a session is configured with, and what it says about itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/units.hpp"
#include "engine/platform/endpoint.hpp"
#include "engine/platform/stream.hpp"
#include "engine/security/tls_channel.hpp"

namespace dwcp::amst {

using platform::CongestionControl;
using platform::Endpoint;
using platform::PathSample;

// Number of a chunk within one direction of a session, from 1, in the order of send().
using Sequence = Quantity<struct SequenceTag>;

// Which chunk goes first when several wait. Control messages come before all of them.
enum class Priority : std::uint8_t { switchover, requested, background };
constexpr unsigned priorities = 3;

// Tells the parts of one peer apart; the meaning belongs to the user of the session.
enum class Channel : std::uint16_t {};

// Who we are towards the peer. Both are 1 to 255 bytes; peers of another cluster are refused.
struct Identity {
  NodeId node;
  std::string cluster;
  Identity() = default;
  // Not an aggregate: g++ 12 copies a braced aggregate in the arguments of an awaited call bit by bit.
  Identity(NodeId n, std::string c) : node(std::move(n)), cluster(std::move(c)) {}
};

// Who we are, and how we prove it.
struct Self {
  Identity identity;
  std::shared_ptr<security::CredentialStore> credentials;  // null: nothing is proved, and everything is plain text
  security::TlsOptions tls;
  // Of plain text when it is made from an identity alone. No aggregate, and no default argument that is one, for the
  // same reason as above.
  Self(Identity who) : identity(std::move(who)) {}
  Self(Identity who, std::shared_ptr<security::CredentialStore> proved_by)
      : identity(std::move(who)), credentials(std::move(proved_by)) {}
  Self(Identity who, std::shared_ptr<security::CredentialStore> proved_by, security::TlsOptions options)
      : identity(std::move(who)), credentials(std::move(proved_by)), tls(std::move(options)) {}
};

// Bounds that do not depend on the configuration.
struct Limits {
  static constexpr unsigned streams_max = 64;
  static constexpr Bytes chunk_max = MiB(64);
  static constexpr std::size_t chunks_outstanding_max = 16384;  // queued or not yet released, per direction
  static constexpr std::size_t message_size_max = 64 * 1024;    // bytes
  static constexpr std::size_t messages_outstanding_max = 64;   // sent and not yet taken by receive_message()
  static constexpr std::size_t handshakes_max = 128;            // per acceptor, at once
  static constexpr std::size_t sessions_max = 256;              // per acceptor, alive
  static constexpr std::size_t sessions_unaccepted_max = 16;    // waiting for accept()
  static constexpr std::size_t endpoints_max = 16;              // alternative paths
};

// What carries the bytes of a data stream.
enum class Carrier : std::uint8_t { tcp, rdma };
std::string_view name_of(Carrier);

struct SessionConfig {
  unsigned streams = 8;  // data streams that the dialing side keeps, at most, 1..64; a control connection comes on top
  // Where it is below `streams`, so many are kept on each path as are measured to carry the most. 0, or more paths than
  // streams: always `streams`.
  unsigned streams_min = 0;
  // by_path: then also by what the path does with it (congestion_trial.hpp).
  CongestionControl congestion = CongestionControl::platform_default;
  // Data streams go by RDMA where both hosts can and this is true on both sides; by TCP where that fails, until
  // `rdma_retry` later (twice as much after each failure in a row, at most 32 times).
  bool rdma = true;
  Duration rdma_retry = std::chrono::seconds(30);
  Bytes chunk_max = MiB(4);        // the largest payload of one chunk, 1 B..64 MiB
  Bytes send_window = MiB(64);     // queued + unacknowledged payload; >= 2 chunk_max
  Bytes receive_window = MiB(64);  // delivered or arriving, not yet released: told to the peer, whose sender keeps
                                   // within the smaller of both, so nobody can deadlock on memory; >= 2 chunk_max
  bool courtesy = true;            // leaves room for others on the path (courtesy.hpp)
  BitRate rate_limit{0};           // of all streams together, chunks with their frames; 0: none

  Duration heartbeat = std::chrono::milliseconds(500);       // between signs of life on the control connection
  Duration silence_limit = std::chrono::seconds(2);          // no sign of life: suspended, new connections probe
  Duration stream_timeout = std::chrono::seconds(10);        // no progress of one stream while the path is up
  Duration recovery_grace = std::chrono::milliseconds(500);  // when the path is back: until old streams that do not
                                                             // move get stand-ins
  Duration resume_timeout = std::chrono::minutes(5);         // suspended for longer: lost. The smaller of both sides
  Duration connect_timeout = std::chrono::seconds(15);       // of connect(), all attempts together
  Duration handshake_timeout = std::chrono::seconds(5);      // of one attempt to connect, join and be welcomed
  Duration close_timeout = std::chrono::seconds(30);         // of close()
  Duration redial_min = std::chrono::milliseconds(100);      // back-off between attempts, doubled with jitter
  Duration redial_max = std::chrono::seconds(1);
};

// Empty when the configuration can work; otherwise bad_configuration naming the field, its value and its range.
Failure check(const SessionConfig&);
// That the credentials are those of the node that we say we are.
Failure check(const Self&);

struct ChunkOptions {
  Channel channel{};
  Priority priority = Priority::background;
  // Delivered only after every chunk with a lower sequence of the session has been *released* by the receiver.
  bool barrier = false;
};

struct PeerInfo {
  NodeId node;
  std::string cluster;
  std::uint16_t version = 0;                       // of the wire format, agreed
  std::uint64_t features = 0;                      // agreed, see wire.hpp
  std::optional<security::TlsAgreement> tls = {};  // of the first connection; none: plain text
};

// What protects a session, for reports: "TLSv1.3, X25519, TLS_AES_128_GCM_SHA256", or "none: plain text".
std::string security_of(const PeerInfo& peer);

enum class State { connected, suspended, closed };
std::string_view name_of(State);

struct StreamInfo {
  unsigned index = 0;
  bool connected = false;
  Carrier carrier = Carrier::tcp;  // of the connection that joined last
  Endpoint remote;
  Bytes sent{0};  // since the session began, with frames
  Bytes received{0};
  unsigned joined = 0;  // connections that served this index so far
  PathSample path;      // the congestion control in force is in here
};

// Counted from the session's beginning. Payload is what users hand in; wire includes frames and repetitions.
struct Stats {
  Bytes payload_sent{0};          // first transmissions only
  Bytes payload_acknowledged{0};  // released by the peer: goodput
  Bytes payload_received{0};      // each chunk once
  Bytes bytes_wire{0};            // written to data streams and control connections
  Bytes bytes_wire_received{0};
  Bytes bytes_resent{0};  // payload that had left this host and was sent again over another stream
  std::uint64_t chunks_sent = 0, chunks_resent = 0, chunks_received = 0, duplicates_dropped = 0;
  std::uint64_t messages_sent = 0, messages_received = 0;
  std::uint64_t streams_lost = 0, suspensions = 0;
  std::uint64_t congestion_trials = 0, congestion_kept = 0;  // of another congestion control on a path (by_path)
  std::uint64_t rdma_failures = 0;  // streams by RDMA that were lost or not made, after which TCP carried on
  Bytes queued{0};                  // in send(), waiting for a stream
  Bytes unreleased{0};    // sent, not yet released by the peer; what is to be sent again counts in `queued` too
  Bytes held_by_peer{0};  // of it, arrived there: what the peer's user has not come to yet
  Bytes window{0};        // of the send window in use: handed in and not yet released
  Bytes held{0};          // received, not yet released by us
  Bytes held_max{0};      // the most of it at once
  Duration rtt{0};        // of heartbeats, smoothed; 0: none answered yet
  std::vector<StreamInfo> streams;
};

// What drives the streams, for reports: "bbr"; "bbr, cubic" where they differ; "by the adapter" with RDMA.
std::string congestion_of(const Stats& stats);

}  // namespace dwcp::amst
