// The agent of one host: serves incoming migrations, runs outgoing ones, and after a restart finishes or rolls back
// what it finds in its journal. One VM has one owner, always (ownership.hpp).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/amst/session.hpp"
#include "engine/hde/page.hpp"
#include "engine/migration/hypervisor.hpp"
#include "engine/migration/policy.hpp"
#include "engine/platform/platform.hpp"

namespace dwcp::migration {

// What a destination keeps for a source, at most.
constexpr Bytes delta_cache_max = GiB(64), match_window_max = GiB(4);

struct EncodingConfig {
  Bytes memory = MiB(192);        // guest memory under way at the source, compressed or not
  Bytes delta_cache = GiB(1);     // on each side; 0: no deltas
  Bytes match_window = MiB(256);  // of contents that later ones are copied from, on each side; 0: nothing is
  // What both ends hold of it when a migration is over, for the next one of the guest between the same nodes: together
  // at most so much, and for so long; 0: nothing.
  Bytes kept_windows = MiB(512);
  Duration keep_window = std::chrono::hours(1);
  // Guests may begin with what other guests left. Who sees how many bytes a migration takes, and chooses contents of
  // one guest, learns of those of another: only where all guests trust each other.
  bool share_windows = false;
  bool compress = true;  // false: zero, unchanged and raw only
};

// The least session.chunk_max of both sides that a migration works with: what travels in one chunk is cut to fit.
constexpr Bytes chunk_least = KiB(512);

struct AgentConfig {
  NodeId node;
  std::string cluster = "default";
  // What this node proves itself with; null: nothing is proved, and everything is plain text.
  std::shared_ptr<security::CredentialStore> credentials = {};
  security::TlsOptions tls = {};
  std::vector<platform::Endpoint> listen = {};  // may be empty: an agent that only sends
  amst::SessionConfig session;
  EncodingConfig encoding;
  unsigned incoming_max = 8;  // migrations at once; more are refused
};

struct Request {
  VmId vm;
  std::vector<platform::Endpoint> destination;  // all paths to the one destination agent
  Policy policy;
  Movement movement = Movement::pre_copy;
  bool copy_disks = false;
  std::optional<NodeId> destination_node = {};  // who must be there; none: any node of the cluster
};

enum class Outcome { completed, rolled_back, undecided };
//   completed    the guest runs at the destination
//   rolled_back  the guest runs on at the source; `reason` says why
//   undecided    the hand-over was decided but not confirmed, and the agent ends: the journal decides after the restart

struct Report {
  VmId vm;
  Outcome outcome = Outcome::rolled_back;
  std::string reason;  // empty when completed
  Duration total_time{0};
  Duration downtime{0};  // from the guest's stop to the destination's word that it runs, as the source saw it
  unsigned rounds = 0;
  unsigned throttle_percent_max = 0;
  bool forced_stop = false;  // the downtime limit was given up, by policy
  Bytes bytes_guest{0};      // memory read from the hypervisor, zero pages included
  Bytes bytes_wire{0};       // AMST payload and framing handed to the transport, resent ones included
  Bytes bytes_resent{0};
  // The transfer: from the first byte of the guest's stream to the guest's stop, and the encoded bytes of it that the
  // destination had acknowledged by then, each counted once. Goodput is the one divided by the other.
  Duration transfer_time{0};
  Bytes bytes_acknowledged{0};
  Bytes window_peak{0};            // the most that the session held queued or unacknowledged, as seen when looked at
  Duration downtime_predicted{0};  // when the switchover was allowed
  hde::ClassStats classes;
  std::string security;  // of the session: amst::security_of(); empty: there was none
};

enum class Phase { starting, copying, switching_over, fetching };
//   starting        the two sides agree, and get ready
//   copying         the guest runs at the source
//   switching_over  it stands still
//   fetching        post-copy: it runs at the destination, and fetches its pages

struct Progress {
  VmId vm;
  Phase phase = Phase::starting;
  unsigned round = 0;
  Bytes sent{0}, remaining{0};  // guest memory
  Bytes wire{0};                // encoded, acknowledged
  Bytes disk_total{0}, disk_copied{0};
  BitRate goodput{0}, dirty_rate{0};
  Duration downtime_predicted{0};
  Duration eta{0};  // 0: unknown
  unsigned throttle_percent = 0;
};

// A hand-over that is not settled. `decided`: it may only end with the guest at the destination, or with the
// destination's word that it cannot run it.
struct HandOver {
  VmId vm;
  Epoch epoch;
  bool outgoing = false;
  bool decided = false;
  std::vector<platform::Endpoint> peer;  // of an outgoing one
};

class Agent {
 public:
  // References outlive the agent.
  Agent(platform::Platform& platform, Hypervisor& hypervisor, AgentConfig config);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Recovers from the journal, then serves until cancelled. Emits the record "agent.ready" when it accepts migrations.
  Task<void> run();

  // Moves one VM. Never throws for what a network or a peer can do: the report says it. Throws Error(not_found) for an
  // unknown VM, Error(ownership_conflict) when it is being migrated already. Cancelling the task rolls back while that
  // is possible.
  Task<Report> migrate(Request request);

  // Asks a running migrate() to roll back; false when it is too late, or there is none.
  bool cancel(const VmId& vm);
  void on_progress(std::function<void(const Progress&)> callback);

  // Guests on their way in, and not yet handed over.
  std::vector<VmId> incoming() const;
  // Hand-overs that are not settled, from the journal: for their guests this host waits for the other's word, or owes
  // it one. Empty before run() has opened the journal.
  std::vector<HandOver> unsettled() const;
  // Whether run() has recovered, and accepts migrations.
  bool ready() const;

  struct State;  // internal: agent_state.hpp

 private:
  std::shared_ptr<State> state_;
};

}  // namespace dwcp::migration
